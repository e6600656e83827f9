// Every receiver kind that there is.
import { alertmanager } from './alertmanager/receiver.ts';
import type { ReceiverKind } from './contract.ts';
import { log } from './log/receiver.ts';
import { webhook } from './webhook/receiver.ts';

export const receiverKinds: readonly ReceiverKind[] = [alertmanager, log, webhook];
