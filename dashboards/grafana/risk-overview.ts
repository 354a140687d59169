import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { buildDashboard } from './build-dashboard.ts';
import { identitySection } from './panels/identity-panels.ts';
import { moneySection } from './panels/money-panels.ts';
import { overviewSection } from './panels/overview-panels.ts';
import { pipelineSection } from './panels/pipeline-panels.ts';
import { ruleSection } from './panels/rule-panels.ts';

export const RISK_OVERVIEW_SECTIONS = [overviewSection, ruleSection, identitySection, moneySection, pipelineSection];

export function riskOverview(): Dashboard {
  return buildDashboard({
    uid: 'bulwark-risk-overview',
    title: 'Risk overview',
    description: 'What arrives, what the engine says of it, what it stops, and whether the pipeline keeps up.',
    sections: RISK_OVERVIEW_SECTIONS,
  });
}
