"""What every part of the settings can do: dict access, validated assignment, plain words for what is wrong. Any thread."""

from collections.abc import Iterable, Iterator, KeysView, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from config import describe
from config.problems import Problem, SettingsError, dotted, holds_key
from config.words import Told

Where = tuple[str | int, ...]


def knob(
    default: Any,
    *,
    unit: str = "",
    ge: float | None = None,
    le: float | None = None,
    gt: float | None = None,
    environment: str = "",
    restart: bool = False,
    advanced: bool = False,
    multiline: bool = False,
    step: float | None = None,
    tiktok_name: bool = False,
) -> Any:
    """A field that YAML comments, dashboard, window and docs are made from; its words are in `locales/*.json` under
    `settings.<section>.<name>`.

    `environment`: the variable that wins, which makes it a secret. `restart`: takes effect at the next Start.
    `advanced`: hardly anybody needs it. `multiline`: its text may have several lines. `step`: by how much a slider moves, where that is not as its range suggests.
    `tiktok_name`: its text is one. What else a text may hold is in `config/typed.py`.
    """
    factory: dict[str, Any] = (
        {"default_factory": lambda: list(default)} if isinstance(default, list) else {"default": default}
    )
    low, above = (gt, True) if gt is not None else (ge, False)
    ui: dict[str, JsonValue] = {"unit": unit, "min": low, "max": le, "above": above, "restart": restart}
    ui |= {"secret": bool(environment), "environment": environment}
    ui |= {"advanced": advanced, "multiline": multiline, "step": step, "tiktok_name": tiktok_name}
    return Field(ge=ge, gt=gt, le=le, json_schema_extra={"x-ui": ui}, **factory)


class Section(BaseModel):
    """A part of the settings with dict access. Unknown keys are kept; assigning a wrong value raises SettingsError."""

    model_config = ConfigDict(
        extra="allow",
        validate_assignment=True,
        str_strip_whitespace=True,
        coerce_numbers_to_str=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )

    at: ClassVar[str] = ""
    """Its name among the settings; empty for the settings as a whole."""

    @field_validator("*", mode="before")
    @classmethod
    def _plain(cls, value: Any, info: ValidationInfo) -> Any:
        """Nothing written is an empty text, list or section, but no number; and true is no number either."""
        kind = describe.kind(cls.model_fields[info.field_name or ""])
        if value is None:
            return {"str": "", "list": [], "section": {}}.get(kind)
        if kind in {"int", "float"} and isinstance(value, bool):
            raise ValueError("true and false are no numbers")
        if _misplaced(value) and not describe.knob(cls.model_fields[info.field_name or ""]).get("secret"):
            raise ValueError("a key in the wrong place")
        return value

    def __getitem__(self, name: str) -> Any:
        if name in type(self).model_fields:
            return getattr(self, name)
        return (self.model_extra or {})[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if name in type(self).model_fields:
            setattr(self, name, value)
        elif self.model_extra is not None:
            self.model_extra[name] = value  # an unknown name may be one of pydantic's own attributes

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            super().__setattr__(name, value)
        except ValidationError as error:  # pydantic's error holds the value, so it ends here
            raise SettingsError(problems(error, type(self))) from None

    def __contains__(self, name: object) -> bool:
        return name in type(self).model_fields or name in (self.model_extra or {})

    def __iter__(self) -> Iterator[str]:  # type: ignore[override] # a mapping iterates over its keys
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Without secrets, and without unknown keys: a mistyped name may hold one."""
        for name, info in type(self).model_fields.items():
            yield name, "***" if self[name] and describe.knob(info).get("secret") else self[name]

    def keys(self) -> KeysView[str]:
        return {**dict.fromkeys(type(self).model_fields), **(self.model_extra or {})}.keys()

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401 - this is get


def _misplaced(value: object) -> bool:
    """Whether a key or password stands in this text or list of texts, where everybody could read it."""
    texts = value if isinstance(value, list) else [value]
    return any(isinstance(text, str) and holds_key(text) for text in texts)


def _as_switch(value: object) -> object:
    if isinstance(value, str):
        return value.strip()
    return bool(value) if value in (0, 1) else value


def _as_echo(value: object) -> object:
    if not isinstance(value, str):
        return value
    return value.strip(" -").lower() == "echo" or value or False


Switch = Annotated[bool, BeforeValidator(_as_switch)]
"""true/false, also written 1/0, on/off, yes/no as older files have it."""

EchoSwitch = Annotated[Switch, BeforeValidator(_as_echo)]
"""A switch; older files hold the prefix itself, `-echo `, or an empty text for none."""


def problems(error: ValidationError, model: type[Section], lines: Mapping[Where, int] | None = None) -> list[Problem]:
    """Pydantic's findings about this model in our words, in the order of `lines`."""
    found = []
    for finding in error.errors(include_url=False, include_context=False):
        where = finding["loc"]
        path = (model.at, *where) if model.at else where
        line = (lines or {}).get(path)
        found.append(Problem(dotted(path), line, _complaint(model, where, finding["input"])))
    return sorted(found, key=lambda problem: problem.line or 0)


def _complaint(model: type[BaseModel], where: Where, value: object) -> str:
    info = model.model_fields.get(str(where[0])) if where else None
    if info is None:
        return Told("problem.no_name")
    inner = info.annotation
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return _complaint(inner, where[1:], value) if len(where) > 1 else describe.complaint(None, value)
    if _misplaced(value) and not describe.knob(info).get("secret"):
        return Told("problem.misplaced")
    return describe.complaint(describe.shape(info), value, item=len(where) > 1)
