"""Owns the service under measure: the app itself, and beside its calls one that reads the same body and does nothing with it."""

from fastapi import FastAPI, Request, Response

from serving.api.claim_body import parse_claims
from serving.app import create_app

NO_OP = "/benchmark/no-op"


def create_measured_app() -> FastAPI:
    """Build the app with the call that does nothing."""
    app = create_app()

    @app.post(NO_OP)
    async def no_op(request: Request) -> Response:
        parse_claims(await request.body())
        return Response(b"{}", media_type="application/json")

    return app
