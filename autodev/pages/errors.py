"""Error pages: what happened, and what to do."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template import loader
from django.utils.deprecation import MiddlewareMixin

from autodev.lib.errors import DomainError

log = logging.getLogger(__name__)
TITLES = {
    400: "That did not work",
    403: "Not allowed",
    404: "Not found",
    409: "That does not fit any more",
    429: "Too many tries",
    500: "Something broke here",
}


def error_page(request: HttpRequest, *, status: int, message: str, hint: str = "") -> HttpResponse:
    """The page for people; for htmx a toast, so that what is on the screen stays."""
    context = {"status": status, "title": TITLES.get(status, TITLES[400]), "message": message, "hint": hint}
    if "HX-Request" in request.headers:
        toast = render(request, "errors/toast.html", context, status=status)
        toast.headers["HX-Retarget"] = "#toasts"
        toast.headers["HX-Reswap"] = "beforeend"
        return toast
    return render(request, "errors/error.html", context, status=status)


class DomainErrorMiddleware(MiddlewareMixin):
    """Turns a domain error that no view dealt with into its page."""

    get_response: Callable[[HttpRequest], HttpResponseBase]

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        log.info("page.refused", extra={"code": exception.code, "path": request.path})
        return error_page(request, status=exception.status, message=exception.message, hint=exception.hint)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    detail = (
        str(exception)
        if isinstance(exception, Http404) and exception.args and isinstance(exception.args[0], str)
        else ""
    )
    return error_page(request, status=404, message=detail or "There is no such page.", hint="Check the address.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, status=403, message="You may not do this.", hint="Ask an owner of the workspace.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, status=400, message="The request could not be read.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open too long, or cookies are off."""
    log.info("page.csrf", extra={"reason": reason})
    return error_page(
        request, status=403, message="The form could not be checked.", hint="Reload the page and send it again."
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the frame: what the frame needs may be what broke."""
    return HttpResponse(loader.get_template("errors/500.html").render({"STATIC_URL": settings.STATIC_URL}), status=500)
