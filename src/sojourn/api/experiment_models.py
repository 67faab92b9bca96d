"""What experiments look like over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

import orjson
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from sojourn.api.control_models import Key, Plain, Sent, SentObject, Word
from sojourn.api.models import JsonObject, Model, Time
from sojourn.app.experiments.experiments import MAX_VARIANTS

MAX_NAME_CHARS = 256
MAX_ID_CHARS = 512  # as long as a sender may write it on a session
MAX_CONFIG_BYTES = 65_536
MAX_WEIGHT = 1_000_000


def _small(config: JsonObject) -> JsonObject:
    if len(orjson.dumps(config)) > MAX_CONFIG_BYTES:
        raise ValueError(f"it is longer than {MAX_CONFIG_BYTES} bytes")
    return config


Status = Literal["draft", "running", "stopped"]
NewId = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID_CHARS, pattern=r"\S"), Plain]
Name = Annotated[str, StringConstraints(max_length=MAX_NAME_CHARS), Plain]
VariantName = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_CHARS, pattern=r"\S"), Plain]
Config = Annotated[SentObject, AfterValidator(_small)]
Weight = Annotated[float, Field(gt=0, le=MAX_WEIGHT, description="Its share is its weight among all weights")]


class NewVariant(Sent):
    name: VariantName
    weight: Weight = 1
    config: Config = Field(default_factory=dict, description="Given to whoever gets the variant")


Variants = Annotated[list[NewVariant], Field(min_length=1, max_length=MAX_VARIANTS)]


class NewExperiment(Sent):
    id: NewId | None = Field(default=None, description="What sessions carry as experiment_id; a UUID if left out")
    name: Name = ""
    agent_id: Word = Field(default="", description="The agent that it is about, if it is one")
    status: Status = "running"
    variants: Variants


class ChangedExperiment(Sent):
    """What is left out stays as it is. Who has a variant keeps it."""

    name: Name | None = None
    agent_id: Word | None = None
    status: Status | None = None
    variants: Variants | None = None


class Variant(Model):
    name: str = Field(description="Empty for sessions that name the experiment and no variant")
    is_declared: bool = Field(description="False if only sessions name it")
    weight: float | None
    config: JsonObject | None
    sessions: int
    open: int = Field(description="Those of them that have not ended")


class Experiment(Model):
    id: str
    name: str
    agent_id: str
    status: Literal["draft", "running", "stopped", "undeclared"] = Field(
        description="Only a running one assigns variants; undeclared: only sessions name it"
    )
    variants: list[Variant] = Field(description="Declared ones first")
    more_variants: bool = Field(description=f"Sessions name more than the {MAX_VARIANTS} of these that have the most")
    sessions: int
    last_session_at: Time | None = Field(description="When the latest of them began")
    created_at: Time | None
    updated_at: Time | None


class ExperimentList(Model):
    items: list[Experiment] = Field(description="Declared ones first, the one that was changed last before others")
    truncated: bool = Field(description="Sessions name more experiments")


class NewAssignment(Sent):
    session: Key | None = Field(default=None, description="Key of the session, before it begins or while it runs")
    sticky_key: Key | None = Field(default=None, description="What keeps its variant in all sessions: a customer, say")
    variant: VariantName | None = Field(default=None, description="This one, if it has none yet")

    @model_validator(mode="after")
    def _names_one(self) -> NewAssignment:
        if (self.session is None) == (self.sticky_key is None):
            raise ValueError("either session or sticky_key is needed")
        return self


class Assignment(Model):
    experiment_id: str
    variant: str | None = Field(description="Null if the experiment does not run")
    config: JsonObject


class Interval(Model):
    low: float
    high: float


class Difference(Model):
    """Of a variant's estimate minus the baseline's."""

    estimate: float
    interval: Interval | None = Field(description="Newcombe's for rates, Welch's for means; null with too little data")
    excludes_zero: bool | None
    excludes_zero_corrected: bool | None = Field(description="Also if all differences shown are to hold at once")


class Estimate(Model):
    n: int = Field(description="Ended sessions that say something about it")
    estimate: float | None
    interval: Interval | None = Field(description="Wilson's for rates, Student's for means; null with too little data")
    median: float | None = Field(description="Of values, not of rates")
    median_interval: Interval | None = Field(description="By ranks; null for fewer than 6 values")
    note: Literal["", "nothing_measured", "too_few", "all_equal", "skewed"] = Field(
        description="Why there is no interval; skewed: there is one, and it is rather too narrow"
    )
    needed: int | None = Field(description="skewed: so many sessions would be enough")
    difference: Difference | None


class Measure(Model):
    name: str = Field(description="An outcome metric's name stands behind metrics.")
    kind: Literal["rate", "mean"]
    unit: Literal["share", "usd", "ms", "tokens", "number"]
    better: Literal["higher", "lower"] | None = Field(description="Null where only you can know")


class ComparedVariant(Model):
    name: str
    sessions: int
    open: int = Field(description="Not ended: they count here and in no measure")
    ended: int
    estimates: list[Estimate] = Field(description="One for each of measures, in that order")


class Comparison(Model):
    experiment: Experiment = Field(description="Its counts are those of all time")
    baseline: str
    confidence: float
    measures: list[Measure]
    variants: list[ComparedVariant]
    comparisons: int = Field(description="Differences with an interval; by chance 1 of 20 excludes zero")
    ended: int
    measured: int = Field(description="Ended sessions whose values were read for means and outcome metrics")
    truncated: bool = Field(description="More ended than are measured: the latest are")
    metrics_left_out: int = Field(description="Outcome metrics beyond the most frequent")
