import type { DeliveryResult } from '@portico/queue';
import type { CodeSendStore } from './codes/code-sends.store.ts';
import type { DeviceStore } from './devices/devices.store.ts';

export interface ResultsOptions {
  codeSends: CodeSendStore;
  devices: DeviceStore;
  /** Names of the models whose documents the results are of. */
  models: { codeSend: string; pushPage: string };
}

/**
 * What the notifier told, beside the counting that is done in the outbox: how the channels of codes are, and which
 * devices are no more. May be told twice.
 */
export function createResultHandler({ codeSends, devices, models }: ResultsOptions) {
  return async (results: readonly DeliveryResult[]): Promise<void> => {
    const of = (model: string) => results.filter(({ origin }) => origin?.model === model);
    const codes = of(models.codeSend);
    if (codes.length > 0) await codeSends.record(codes);
    const invalid = of(models.pushPage).filter(({ status }) => status === 'invalid');
    await devices.removeInvalid(
      invalid.map(({ correlation, at }) => ({ id: Number(correlation?.['device']), at: new Date(at) })),
    );
  };
}
