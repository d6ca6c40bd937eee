"""Owns the calls by which an admin registers webhooks and sees and repeats their deliveries."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from serving.api.caller import caller_of
from serving.api.problems import problem_answers
from serving.api.scoring_routes import state_of
from serving.webhooks.destination import LONGEST_URL, check_url
from serving.webhooks.signature import secret_of
from serving.webhooks.store import Delivery, Event, Webhook

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])


class WebhookIn(BaseModel):
    """A receiver to register."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Field(min_length=1, max_length=LONGEST_URL, examples=["https://claims.example.org/denials"])]
    events: Annotated[list[Event], Field(min_length=1, max_length=10)] = list(Event)


class WebhookOut(BaseModel):
    """A receiver. `secret` signs its deliveries and is told once, when it is made."""

    id: str
    url: str
    events: list[Event]
    created_at: datetime
    created_by: str
    secret: str | None = None

    @classmethod
    def of(cls, webhook: Webhook, *, secret: str | None = None) -> "WebhookOut":
        """Copy from the record."""
        return cls(**vars(webhook) | {"events": list(webhook.events)}, secret=secret)


class DeliveryOut(BaseModel):
    """One thing told to one receiver."""

    id: str
    webhook_id: str
    event: str
    created_at: datetime
    attempts: int
    due_at: datetime | None = Field(description="Of the next attempt; null = delivered, or given up")
    delivered_at: datetime | None
    trouble: str | None = Field(description="Of the last attempt")

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryOut":
        """Copy from the outbox, without the body."""
        return cls(**{name: getattr(delivery, name) for name in cls.model_fields})


@router.post("", status_code=HTTPStatus.CREATED)
async def add_webhook(request: Request, asked: WebhookIn) -> WebhookOut:
    """Register a receiver of risky scores and near deadlines. The answer holds the secret that signs them, once."""
    state = state_of(request)
    check_url(asked.url, is_loopback_allowed=state.settings.webhook_loopback)
    by = caller_of(request).identity.name
    made = await asyncio.to_thread(state.webhooks.add, asked.url, asked.events, by=by, now=datetime.now(UTC))
    return WebhookOut.of(made, secret=secret_of(made.id, state.service_key))


@router.get("")
async def list_webhooks(request: Request) -> list[WebhookOut]:
    """List receivers in use."""
    return [WebhookOut.of(webhook) for webhook in await asyncio.to_thread(state_of(request).webhooks.webhooks)]


@router.get("/deliveries")
async def list_deliveries(request: Request, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[DeliveryOut]:
    """List what was told or waits to be, newest first."""
    found = await asyncio.to_thread(state_of(request).webhooks.deliveries, limit=limit)
    return [DeliveryOut.of(delivery) for delivery in found]


@router.post(
    "/deliveries/{id}/replay",
    status_code=HTTPStatus.ACCEPTED,
    response_class=Response,
    responses=problem_answers(HTTPStatus.NOT_FOUND),
)
async def replay_delivery(request: Request, delivery_id: Annotated[str, Path(alias="id", max_length=40)]) -> Response:
    """Send a delivery again, with the same id, so that a receiver that had it can tell."""
    await asyncio.to_thread(state_of(request).webhooks.replay, delivery_id, now=datetime.now(UTC))
    return Response(status_code=HTTPStatus.ACCEPTED)


@router.delete(
    "/{id}", status_code=HTTPStatus.NO_CONTENT, response_class=Response, responses=problem_answers(HTTPStatus.NOT_FOUND)
)
async def remove_webhook(request: Request, webhook_id: Annotated[str, Path(alias="id", max_length=40)]) -> Response:
    """Tell a receiver nothing any more."""
    await asyncio.to_thread(state_of(request).webhooks.remove, webhook_id, now=datetime.now(UTC))
    return Response(status_code=HTTPStatus.NO_CONTENT)
