"""Actor-receiver dyads: the benchmark's instances, reached by number and never kept as rows.

A release of S scenarios stands for S x 3 relations x 16 demographic cells of base instances (48 a
scenario), and, with role configurations, demographic conditions and prompts, for one instance per
distinct prompt: where a condition hides age or gender, people who differ in that alone are one
cell. An instance is a number in `range(len(expansion))`; number, instance and id lead to one
another. Memory holds the scenarios' keys and countries, whatever the number of instances.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b, sha256
from itertools import product
from typing import Final, NamedTuple

from annotation.vocab.actors import Actor, ActorRule, Pool, actor_for, state_pool
from annotation.vocab.distance import Scheme, get_scheme
from annotation.vocab.terms import (
    DRAWN_RELATIONS,
    Age,
    BalancePrompt,
    DemographicCondition,
    Gender,
    OptionOrder,
    Relation,
    RoleConfiguration,
)

ORDERS: Final = ("instance", "scenario", *(order.value for order in OptionOrder))
"""What decides which option stands first: a coin for each instance, a coin for each scenario (so
that paired prompts share it), or the same order always."""


class Person(NamedTuple):
    """Actor or receiver as the prompt tells of them; "" is what it does not say."""

    age: str
    gender: str

    @property
    def code(self) -> str:
        """Two signs for ids: `yf`, `o_`, `_m`, `__`."""
        return f"{self.age[:1] or '_'}{self.gender[:1] or '_'}"

    @property
    def phrase(self) -> str:
        """The person in running text: "an older woman", "a younger person", "a man"."""
        noun = _NOUNS[self.gender]
        return f"{'an' if self.age == Age.OLDER else 'a'} {self.age} {noun}".replace("  ", " ")


_NOUNS: Final = {"female": "woman", "male": "man", "": "person"}


class Cell(NamedTuple):
    """A demographic condition with the two people that it shows."""

    condition: DemographicCondition
    actor: Person
    receiver: Person

    @property
    def code(self) -> str:
        """The part of an id that says both people, such as `yf-om`."""
        return f"{self.actor.code}-{self.receiver.code}"


class Source(NamedTuple):
    """A scenario as an expansion sees it; `key` is its id with its version, `country` ISO2."""

    key: str
    country: str


@dataclass(frozen=True, slots=True)
class Instance:
    """One prompt of the benchmark. `position` is that of its scenario in the release."""

    position: int
    key: str
    relation: Relation
    actor_country: str
    receiver_country: str
    actor_rule: ActorRule
    cell: Cell
    role: RoleConfiguration
    balance: BalancePrompt
    option_order: OptionOrder

    @property
    def base_id(self) -> str:
        """The id of the instance before role and prompt: `KEY.close-AR.yf-om`."""
        return f"{self.key}.{self.relation}-{self.actor_country}.{self.cell.code}"

    @property
    def id(self) -> str:
        """The stable id: `KEY.close-AR.yf-om.C1.balance`."""
        return f"{self.base_id}.{self.role.name}.{self.balance}"


def cells_of(conditions: Sequence[DemographicCondition]) -> tuple[Cell, ...]:
    """Every distinct pair of people per condition: 16 for full_demo, 4, 4, and 1 for no_demo."""
    found = []
    for condition in conditions:
        people = [
            Person(age, gender)
            for age in (tuple(Age) if condition.shows_age else ("",))
            for gender in (tuple(Gender) if condition.shows_gender else ("",))
        ]
        found += [Cell(condition, *pair) for pair in product(people, repeat=2)]
    return tuple(found)


@dataclass(frozen=True)
class Expansion:
    """The instances of a release in their order: prompt, scenario, relation, people, roles.

    Instances whose prompts share a beginning are neighbours. Raises ValueError for keys that come
    twice, an empty or repeated dimension, and an order that does not exist.
    """

    sources: Sequence[Source]
    scheme: Scheme
    pool: Pool
    seed: int = 1
    relations: tuple[Relation, ...] = DRAWN_RELATIONS
    roles: tuple[RoleConfiguration, ...] = tuple(RoleConfiguration)
    conditions: tuple[DemographicCondition, ...] = (DemographicCondition.FULL_DEMO,)
    balances: tuple[BalancePrompt, ...] = tuple(BalancePrompt)
    order: str = "instance"

    def __post_init__(self) -> None:
        for name in ("relations", "roles", "conditions", "balances"):
            values = getattr(self, name)
            if not values or len(set(values)) < len(values):
                raise ValueError(f"{name} is {values!r}; expected each value once, one at least")
        if set(self.relations) - set(DRAWN_RELATIONS):
            raise ValueError(f"relations are {self.relations!r}; expected {DRAWN_RELATIONS!r}")
        if self.order not in ORDERS:
            raise ValueError(f"order is {self.order!r}; expected one of {', '.join(ORDERS)}")
        if len(self._positions) < len(self.sources):
            raise ValueError("a scenario key comes twice; an instance could not be told by its id")

    def __len__(self) -> int:
        """How many instances there are; each stands for a distinct prompt of its scenario."""
        return len(self.balances) * len(self.sources) * self.per_scenario

    @property
    def per_scenario(self) -> int:
        """Instances of one scenario under one prompt."""
        return len(self.relations) * len(self.cells) * len(self.roles)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The demographic cells of all conditions, one condition after the other."""
        return cells_of(self.conditions)

    @property
    def hash(self) -> str:
        """SHA-256 of everything that decides which instance has which number and content."""
        digest = sha256()
        dims = (self.relations, self.roles, self.conditions, self.balances)
        facts = [self.scheme.hash, self.pool.hash, str(self.seed), self.order]
        facts += [",".join(str(value) for value in values) for values in dims]
        facts += [f"{source.key} {source.country}" for source in self.sources]
        for fact in facts:
            digest.update(fact.encode() + b"\0")
        return digest.hexdigest()

    def __getitem__(self, index: int) -> Instance:
        """The instance of this number; IndexError outside `range(len(self))`."""
        if not 0 <= index < len(self):
            raise IndexError(f"instance {index} of {len(self)}")
        rest, role = divmod(index, len(self.roles))
        rest, cell = divmod(rest, len(self.cells))
        rest, relation = divmod(rest, len(self.relations))
        balance, position = divmod(rest, len(self.sources))
        source = self.sources[position]
        actor = self.actor(source, self.relations[relation])
        return self._instance(
            position, source, relation, actor, self.cells[cell], role, self.balances[balance]
        )

    def __iter__(self) -> Iterator[Instance]:
        """Every instance in order."""
        for balance in self.balances:
            for position in range(len(self.sources)):
                yield from self.of_scenario(position, balance)

    def of_scenario(self, position: int, balance: BalancePrompt) -> Iterator[Instance]:
        """The instances of the scenario at this position under one prompt, in order."""
        source = self.sources[position]
        for number, relation in enumerate(self.relations):
            actor = self.actor(source, relation)
            for cell in self.cells:
                for role in range(len(self.roles)):
                    yield self._instance(position, source, number, actor, cell, role, balance)

    def index(self, instance: Instance) -> int:
        """The number of an instance; ValueError where it is none of this expansion."""
        try:
            number = self.balances.index(instance.balance)
            number = number * len(self.sources) + self._positions[instance.key]
            number = number * len(self.relations) + self.relations.index(instance.relation)
            number = number * len(self.cells) + self.cells.index(instance.cell)
            number = number * len(self.roles) + self.roles.index(instance.role)
        except (KeyError, ValueError):
            raise ValueError(f"{instance.id} is no instance of this expansion") from None
        if self[number] != instance:
            raise ValueError(f"{instance.id} is {self[number].id} in this expansion")
        return number

    def find(self, instance_id: str) -> Instance:
        """The instance of a stable id; ValueError where this expansion has none of that id."""
        try:
            key, dyad, people, role, balance = instance_id.rsplit(".", 4)
            relation, _, country = dyad.partition("-")
            source = self.sources[self._positions[key]]
            number = self.relations.index(Relation(relation))
            actor = self.actor(source, self.relations[number])
            cell = next(cell for cell in self.cells if cell.code == people)
            which = self.roles.index(RoleConfiguration[role])
            prompt = self.balances[self.balances.index(BalancePrompt(balance))]
        except (KeyError, ValueError, StopIteration):
            raise ValueError(f"{instance_id!r} is no instance of this expansion") from None
        if actor.country != country:
            raise ValueError(f"{instance_id!r}: the actor comes from {actor.country} here")
        return self._instance(self._positions[key], source, number, actor, cell, which, prompt)

    def actor(self, source: Source, relation: Relation) -> Actor:
        """Where the scenario's actor comes from under a relation."""
        return actor_for(self.scheme, self.pool, self.seed, source.key, source.country, relation)

    def _instance(
        self,
        position: int,
        source: Source,
        relation: int,
        actor: Actor,
        cell: Cell,
        role: int,
        balance: BalancePrompt,
    ) -> Instance:
        configuration, distance = self.roles[role], self.relations[relation]
        return Instance(
            position,
            source.key,
            distance,
            actor.country,
            source.country,
            actor.rule,
            cell,
            configuration,
            balance,
            self._order(source.key, distance, cell, configuration, balance),
        )

    def _order(
        self,
        key: str,
        relation: Relation,
        cell: Cell,
        role: RoleConfiguration,
        balance: BalancePrompt,
    ) -> OptionOrder:
        if self.order == "instance":
            text = f"{self.seed}|{key}|{relation}|{cell.code}|{role.name}|{balance}"
        elif self.order == "scenario":
            text = f"{self.seed}|{key}"
        else:
            return OptionOrder(self.order)
        return _BOTH[blake2b(text.encode(), digest_size=1).digest()[0] & 1]

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {source.key: position for position, source in enumerate(self.sources)}


_BOTH: Final = tuple(OptionOrder)


def base_instances(
    sources: Sequence[Source],
    *,
    scheme: Scheme | None = None,
    pool: Pool | None = None,
    seed: int = 1,
) -> Expansion:
    """The release's base instances: full demographics, before roles and prompts; 48 a scenario."""
    return Expansion(
        sources,
        scheme or get_scheme("geo-v1"),
        pool or state_pool(),
        seed,
        roles=(RoleConfiguration.C1,),
        balances=(BalancePrompt.NO_BALANCE,),
    )
