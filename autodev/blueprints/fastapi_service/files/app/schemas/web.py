from typing import Annotated

from pydantic import AfterValidator, HttpUrl, TypeAdapter

_http_url = TypeAdapter(HttpUrl)


def _checked(value: str) -> str:
    _http_url.validate_python(value)
    return value


WebAddress = Annotated[str, AfterValidator(_checked)]
"""An http or https address, kept as it was written."""
