"""What each model scores, out of which facts, and in which words it explains itself.

A column is what `models/registry/inputs.ts` makes of a fact: the number as it is, its log1p, or 1/0 for a text.
`rise` says which way the score may move as the column rises: 1 up, -1 down, 0 either way. It keeps a small model sensible
where it saw nothing.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Column:
    fact: str
    words: str
    rise: int = 0
    transform: str = "none"
    equals: str | None = None
    missing: float = -1.0


@dataclass(frozen=True)
class Model:
    name: str
    title: str
    events: tuple[str, ...]
    kinds: frozenset[str]
    """Kinds of attack that count as hits; everything else, other attacks too, is a miss."""
    columns: tuple[Column, ...]
    threshold: float
    """Where the rules of the library act on the score."""
    consequence: str
    excluded: frozenset[str] = field(default_factory=frozenset)
    """Labels that are left out, because the event says nothing about this model's question."""


FAKE_DEPOSITS = frozenset({"silent_false_token", "look_alike_token", "failed_transaction", "spoofed_event"})
CALLBACKS = frozenset({"forged_callback", "replayed_callback"})

TAKEOVER = Model(
    name="takeover",
    title="Is somebody else at this account?",
    events=("wallet.login.attempted", "wallet.withdrawal.requested"),
    kinds=frozenset({"credential_stuffing", "takeover_cash_out"}),
    threshold=0.8,
    consequence="a withdrawal from an added device to an unfamiliar payee is held (rule takeover.new-device-cashout)",
    columns=(
        Column("device.age_hours", "the device is {value} hours old on this account, usually {typical}", -1, "log1p"),
        Column("device.bindings_400d", "the device was bound to this account {value} times, usually {typical}", -1),
        Column("account.devices_400d", "the account has {value} devices, usually {typical}", 1),
        Column("account.devices_bound_1d", "{value} devices were bound today, usually {typical}", 1),
        Column("account.ip_logins_90d", "{value} earlier logins came from this address, usually {typical}", -1, "log1p"),
        Column("account.failed_logins_1d", "{value} logins failed today, usually {typical}", 1),
        Column("ip.identifiers_failed_1h", "{value} names failed to log in from this address, usually {typical}", 1, "log1p"),
        Column("device.identifiers_failed_1h", "{value} names failed to log in from this device, usually {typical}", 1, "log1p"),
        Column("device.accounts_30d", "{value} accounts use this device, usually {typical}", 0),
        Column("account.hours_since_credential_change", "credentials were changed {value} hours ago, usually {typical}", -1, "log1p"),
        Column("data.payee_is_new", "the payee was never paid before", 1),
        Column("withdrawal.share_of_balance", "the amount is {value} of the balance, usually {typical}", 1),
    ),
)

WITHDRAWAL_FRAUD = Model(
    name="withdrawal_fraud",
    title="Should this money leave?",
    events=("wallet.withdrawal.requested",),
    kinds=frozenset({"takeover_cash_out", "mule_ring", "credential_stuffing"}) | FAKE_DEPOSITS,
    threshold=0.85,
    consequence="a large payment to an unfamiliar payee needs a second factor (rule money.model-suspects-new-payee)",
    columns=(
        Column("amount_usd", "the amount is {value} dollars, usually {typical}", 0, "log1p"),
        Column("withdrawal.share_of_balance", "the amount is {value} of the balance, usually {typical}", 1),
        Column("withdrawal.ratio_to_usual", "the amount is {value} times the usual most, usually {typical}", 1, "log1p"),
        Column("data.payee_is_new", "the payee was never paid before", 1),
        Column("payee.accounts_7d", "{value} accounts pay this payee, usually {typical}", 0),
        Column("payee.payments_400d", "this payee was paid {value} times before, usually {typical}", -1),
        Column("device.age_hours", "the device is {value} hours old on this account, usually {typical}", -1, "log1p"),
        Column("account.devices_bound_1d", "{value} devices were bound today, usually {typical}", 1),
        Column("device.accounts_30d", "{value} accounts use this device, usually {typical}", 1),
        Column("device.withdrawing_accounts_7d", "{value} accounts withdraw from this device, usually {typical}", 1),
        Column("account.age_hours", "the account is {value} hours old, usually {typical}", -1, "log1p"),
        Column("account.out_in_ratio_1d", "{value} of what came in today is asked to leave, usually {typical}", 1),
        Column("account.hours_since_deposit", "money last came in {value} hours ago, usually {typical}", 0, "log1p"),
        Column("account.withdrawals_1h", "{value} withdrawals were asked for within the hour, usually {typical}", 1),
        Column("account.fake_claims_7d", "{value} fake deposits were claimed this week, usually {typical}", 1),
        Column("account.stepup_failures_1d", "{value} second factors failed today, usually {typical}", 1),
        Column("account.failed_logins_1d", "{value} logins failed today, usually {typical}", 1),
    ),
)

DEPOSIT_ABUSE = Model(
    name="deposit_abuse",
    title="Does somebody try to be credited for nothing?",
    events=("wallet.deposit.rejected", "wallet.request.rejected", "wallet.withdrawal.requested"),
    kinds=FAKE_DEPOSITS | CALLBACKS,
    threshold=0.8,
    consequence="a young account that empties itself to an unfamiliar payee is held (rule money.new-account-drain)",
    columns=(
        Column("account.fake_claims_7d", "{value} fake deposits were claimed this week, usually {typical}", 1),
        Column("account.fake_deposits_7d", "{value} fake deposits were seen this week, usually {typical}", 1),
        Column("account.refused_claims_1d", "{value} claims were refused today, usually {typical}", 1),
        Column("account.reversed_deposits_30d", "{value} deposits were taken back this month, usually {typical}", 1),
        Column("data.door", "it came to the door of payment providers", 0, equals="provider.callback"),
        Column("data.reason", "its signature was wrong", 1, equals="bad_signature"),
        Column("account.rejected_requests_10m", "{value} requests of this sender were refused within minutes, usually {typical}", 1),
        Column("ip.rejected_requests_10m", "{value} requests from this address were refused within minutes, usually {typical}", 1),
    ),
)

MODELS = (TAKEOVER, WITHDRAWAL_FRAUD, DEPOSIT_ABUSE)
