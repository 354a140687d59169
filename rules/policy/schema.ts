import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ACTIONS, OUTCOMES } from '../../core/index.ts';
import { EVENT_TYPES } from '../dialect/index.ts';

const Outcome = Type.Enum([...OUTCOMES]);
const Score = Type.Integer({ minimum: 1, maximum: 1000 });

const EventPolicySchema = Type.Object(
  {
    /** From this score on, at least this outcome; an outcome left out has no threshold. */
    thresholds: Type.Optional(
      Type.Object(
        { challenge: Type.Optional(Score), hold: Type.Optional(Score), deny: Type.Optional(Score) },
        { additionalProperties: false },
      ),
    ),
    /** At least this outcome where a live rule could not be decided. */
    undecided: Type.Optional(Outcome),
    /** At least this outcome while the models are away. */
    rules_only: Type.Optional(Outcome),
  },
  { additionalProperties: false },
);

export const PolicyFileSchema = Type.Object(
  {
    default: Type.Required(EventPolicySchema),
    events: Type.Partial(
      Type.Object(Object.fromEntries(EVENT_TYPES.map((type) => [type, EventPolicySchema])), { additionalProperties: false }),
    ),
    /** Actions that go with an outcome, besides those of the rules that fired. */
    actions: Type.Object(
      Object.fromEntries(
        OUTCOMES.map((outcome) => [
          outcome,
          Type.Array(Type.Enum([...ACTIONS]), { uniqueItems: true, maxItems: ACTIONS.length }),
        ]),
      ),
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

export type EventPolicy = Static<typeof EventPolicySchema>;

/** What each event type asks for, defaults filled in. */
export interface PolicyDefinition {
  readonly default: Required<EventPolicy>;
  readonly events: Readonly<Record<string, EventPolicy>>;
  readonly actions: Readonly<Record<(typeof OUTCOMES)[number], readonly (typeof ACTIONS)[number][]>>;
}
