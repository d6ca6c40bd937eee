"""Owns the app: state, routes, problems. `create_app` is the factory that uvicorn calls in each worker."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from serving.alerts.handling import AlertStore
from serving.allocating import give_large_blocks_back
from serving.analytics.desk import FOLDER, AnalyticsDesk
from serving.analytics.prevented import PreventedLog
from serving.api import (
    account_routes,
    action_routes,
    analytics_routes,
    assign_routes,
    audit_routes,
    brief_routes,
    fhir_routes,
    fix_routes,
    health_routes,
    operation_routes,
    packet_routes,
    plan_routes,
    promotion_routes,
    queue_routes,
    scoring_routes,
    warning_routes,
    webhook_routes,
)
from serving.api.claim_body import describe_claims
from serving.api.gate import Gate
from serving.api.problems import add_problem_handlers, describe_problems, problem_answers
from serving.collecting import SET_ASIDE_SECONDS, no_looks, set_aside, settle, take_back
from serving.dashboard.admin_page import router as admin_page_router
from serving.dashboard.alert_page import router as alert_page_router
from serving.dashboard.brief_page import router as brief_page_router
from serving.dashboard.cause_page import router as cause_page_router
from serving.dashboard.claim_page import router as claim_page_router
from serving.dashboard.claims_page import router as claims_page_router
from serving.dashboard.fix_page import router as fix_page_router
from serving.dashboard.login_routes import router as login_router
from serving.dashboard.model_page import router as model_page_router
from serving.dashboard.overview_page import router as overview_page_router
from serving.dashboard.payer_page import router as payer_page_router
from serving.dashboard.recovery_page import router as recovery_page_router
from serving.dashboard.routes import router as dashboard_router
from serving.dashboard.work_routes import router as work_router
from serving.observability.install import observe
from serving.polling import Polling, Task
from serving.security.security import Security
from serving.settings import Settings
from serving.standing_back import CHECK_SECONDS, let_storage_stand_back
from serving.state import ServiceState
from serving.work_queue.worked import WorkedLog

log = logging.getLogger("denials.app")
QUEUE_AFTER_SECONDS = 0.5


class Service(FastAPI):
    """The app, with the errors in its OpenAPI document as they are sent."""

    def openapi(self) -> dict[str, Any]:
        """Make the document."""
        return describe_claims(describe_problems(super().openapi()))


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build a service that is ready to answer.

    Raises: NoModel, NoHistory, BundleError; TracesUnavailable; AccessTableError, for a call without a rule.
    """
    give_large_blocks_back()
    with no_looks():
        return _assembled(settings or Settings())


def _assembled(settings: Settings) -> FastAPI:
    app = Service(
        title="denials",
        description="Which claims a payer will deny, why, and which denials to work first.",
        version="1",
        lifespan=_lifespan,
        # The viewers that FastAPI brings load scripts from elsewhere; serving.dashboard has one that does not.
        docs_url=None,
        redoc_url=None,
        responses=problem_answers(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
    )
    state = app.state.service = ServiceState(settings)
    folder = state.settings.home.path / FOLDER
    prevented = PreventedLog(state.score_log, hasher=state.hasher)
    app.state.analytics = AnalyticsDesk(
        state.store, folder, WorkedLog(state.database), prevented=prevented, today=state.settings.current_day
    )
    app.state.alerts = AlertStore(state.database)
    app.state.security = Security(settings, state.database)
    app.include_router(scoring_routes.router)
    app.include_router(fhir_routes.router)
    app.include_router(action_routes.router)
    app.include_router(plan_routes.router)
    app.include_router(assign_routes.router)
    app.include_router(queue_routes.router)
    app.include_router(packet_routes.router)
    app.include_router(analytics_routes.router)
    app.include_router(warning_routes.router)
    app.include_router(webhook_routes.router)
    app.include_router(brief_routes.router)
    app.include_router(fix_routes.router)
    app.include_router(operation_routes.router)
    app.include_router(promotion_routes.router)
    app.include_router(audit_routes.router)
    app.include_router(account_routes.router)
    app.include_router(health_routes.router)
    app.include_router(dashboard_router())
    app.include_router(overview_page_router())
    app.include_router(claims_page_router())
    app.include_router(claim_page_router())
    app.include_router(work_router())
    app.include_router(cause_page_router())
    app.include_router(payer_page_router())
    app.include_router(recovery_page_router())
    app.include_router(alert_page_router())
    app.include_router(fix_page_router())
    app.include_router(model_page_router())
    app.include_router(brief_page_router())
    app.include_router(admin_page_router())
    app.include_router(login_router())
    add_problem_handlers(app)
    fhir_routes.add_outcome_handler(app)
    app.state.security.table.check(calls_of(app))
    app.add_middleware(Gate, security=app.state.security)
    observe(app, app.state.service.metrics)
    return app


def calls_of(app: FastAPI) -> set[tuple[str, str]]:
    """List method and path of every call that an app answers."""
    return {
        (method, str(route.path)) for route in iter_route_contexts(app.routes) for method in (route.methods or {"GET"}) - {"HEAD"}
    }


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Bring the work queue in step beside the first requests, write the score log and let go of the database after the last."""
    state: ServiceState = app.state.service
    wait = state.settings
    polling = Polling(
        [
            Task(name="follow models", seconds=wait.models_poll_seconds, work=state.follow_models, is_first_at_once=True),
            Task(name="follow history", seconds=wait.history_poll_seconds, work=state.follow_history),
            Task(name="tell webhooks", seconds=wait.webhook_seconds, work=state.dispatcher.run),
            Task(name="tell deadlines", seconds=30 * wait.webhook_seconds, work=state.tell_deadlines),
            Task(name="set aside what lives", seconds=SET_ASIDE_SECONDS, work=set_aside),
            Task(name="let storage stand back", seconds=CHECK_SECONDS, work=let_storage_stand_back, is_first_at_once=True),
        ]
    )
    polling.start()
    settle()
    opening = asyncio.create_task(_open_work_queue(state))
    opening.add_done_callback(_tell_trouble)
    yield
    polling.stop()
    await asyncio.wait([opening])
    take_back()
    await asyncio.to_thread(app.state.security.close)
    await asyncio.to_thread(state.close)


async def _open_work_queue(state: ServiceState) -> None:
    """Bring the work queue in step once whoever waits for readiness has had time to ask; its calls wait or do it themselves."""
    await asyncio.sleep(QUEUE_AFTER_SECONDS)
    await asyncio.to_thread(lambda: state.work_queue)


def _tell_trouble(opening: asyncio.Task[None]) -> None:
    trouble = None if opening.cancelled() else opening.exception()
    if trouble is not None:
        log.error("the work queue is not in step: the next of its calls tries again", exc_info=trouble)
