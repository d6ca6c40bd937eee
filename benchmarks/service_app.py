"""Owns the service under measure: the app itself, and beside its calls one that reads the same body and does nothing with it."""

from dataclasses import replace

from fastapi import FastAPI, Request, Response

from serving.api.claim_body import parse_claims
from serving.app import create_app
from serving.security.access import AccessTable

NO_OP, SCORE = "/benchmark/no-op", "/v1/claims/score"


def create_measured_app() -> FastAPI:
    """Build the app with the call that does nothing; whoever may score may make it, and it passes the same door."""
    app = create_app()
    table: AccessTable = app.state.security.table
    score = table.find("POST", SCORE)
    assert score is not None
    app.state.security.table = AccessTable((*table.rules, replace(score, path=NO_OP)))

    @app.post(NO_OP)
    async def no_op(request: Request) -> Response:
        parse_claims(await request.body())
        return Response(b"{}", media_type="application/json")

    return app
