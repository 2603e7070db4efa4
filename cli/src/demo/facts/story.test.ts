import type { DriftVerdictEvent, ModelEvent, RetrainingRequested, TrainingCompleted } from '@fraudflow/contracts';
import { expect, test } from 'vitest';
import { Story } from './story.js';

let sequence = 0;

function moved(version: string, stage: string): ModelEvent {
  sequence++;
  const kind = stage === 'None' ? 'version_created' : 'stage_changed';
  const to = stage === 'None' ? {} : { to_stage: stage };
  const at = '2025-06-01T00:00:00Z';
  return {
    event_id: `e${sequence}`,
    sequence,
    kind,
    model_name: 'fraud_detector',
    model_version: version,
    run_id: `run-${version}`,
    actor: 'trainer',
    occurred_at: at,
    ...to,
  };
}

function asked(request: Partial<RetrainingRequested> = {}): RetrainingRequested {
  return {
    request_id: 'r2',
    model_name: 'fraud_detector',
    model_version: '1',
    reason: 'drift',
    requested_by: 'drift-monitor',
    requested_at: '2025-06-10T00:00:00Z',
    evidence: {},
    ...request,
  };
}

function ended(training: Partial<TrainingCompleted> = {}): TrainingCompleted {
  return {
    request_id: 'r2',
    model_name: 'fraud_detector',
    outcome: 'promoted',
    model_version: '2',
    previous_version: '1',
    metrics: {},
    gates: [],
    message: '',
    completed_at: '2025-06-10T00:00:00Z',
    ...training,
  };
}

const verdict = (id: string, alarm: boolean) => ({ verdict_id: id, alarm }) as DriftVerdictEvent;

function firstModel(): Story {
  const story = new Story();
  story.retrainingRequested(asked({ request_id: 'r1', reason: 'initial' }));
  story.trainingCompleted(ended({ request_id: 'r1', model_version: '1' }));
  ['None', 'Staging', 'Production'].forEach((stage) => story.modelChanged(moved('1', stage)));
  return story;
}

function replaceChampion(story: Story): void {
  story.modelChanged(moved('2', 'None'));
  story.modelChanged(moved('1', 'Archived'));
  story.modelChanged(moved('2', 'Production'));
}

test('a first model does not close the loop', () => {
  const story = firstModel();

  expect(story.closedBy()).toBeUndefined();
  expect(story.inProduction).toBe('1');
  expect(story.drift).toEqual({ windows: 0, alarms: 0, retraining_events: 0 });
});

test('a challenger requested because of drift that replaced the champion closes it', () => {
  const story = firstModel();

  story.retrainingRequested(asked());
  replaceChampion(story);
  story.trainingCompleted(ended());

  expect(story.closedBy()).toBe('2');
  expect(story.models).toEqual([
    { version: '1', runId: 'run-1', stages: ['None', 'Staging', 'Production', 'Archived'] },
    { version: '2', runId: 'run-2', stages: ['None', 'Production'] },
  ]);
});

test('neither a rejected challenger, nor a manual one, nor one requested before the drift closes it', () => {
  const [rejected, manual, early] = [firstModel(), firstModel(), firstModel()];

  rejected.retrainingRequested(asked());
  rejected.trainingCompleted(ended({ outcome: 'rejected' }));
  for (const [story, request] of [
    [manual, asked({ reason: 'manual' })],
    [early, asked({ window_end: '2025-06-02T00:00:00Z' })],
  ] as const) {
    story.retrainingRequested(request);
    replaceChampion(story);
    story.trainingCompleted(ended());
  }

  expect([rejected.closedBy(), manual.closedBy(), early.closedBy(Date.parse('2025-06-05'))]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('neither a promoted version that never reached Production nor one whose predecessor is still in Production closes it', () => {
  const [unreached, concurrent] = [firstModel(), firstModel()];
  for (const story of [unreached, concurrent]) {
    story.retrainingRequested(asked());
    story.trainingCompleted(ended());
    story.modelChanged(moved('2', 'None'));
  }

  concurrent.modelChanged(moved('2', 'Production'));

  expect([unreached.closedBy(), concurrent.closedBy()]).toEqual([undefined, undefined]);
});

test('an event that is delivered twice counts once', () => {
  const story = new Story();
  const event = moved('1', 'Production');

  for (let n = 0; n < 2; n++) {
    story.verdictGiven(verdict('w1', true));
    story.verdictGiven(verdict('w2', false));
    story.retrainingRequested(asked());
    story.modelChanged(event);
  }

  expect(story.drift).toEqual({ windows: 2, alarms: 1, retraining_events: 1 });
  expect(story.models[0]?.stages).toEqual(['Production']);
});
