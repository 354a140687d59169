export type { Channel, ChannelMessage, DeliveryResult } from './port.ts';
export { type DiskOutboxMessage, openDiskOutbox, readDiskOutbox } from './disk-outbox.ts';
export { createInAppChannel, type InAppInbox } from './in-app-channel.ts';
export type { AuthoriseLive, LiveRequest, LiveViewer } from './live-admission.ts';
export { LIVE_CLOSE } from './live-connection.ts';
export { createLiveHub, type LiveHub } from './live-hub.ts';
export { LIVE_LIMITS, type LiveLimits } from './live-limits.ts';
export type { LiveFeed, LiveMessage } from './live-pump.ts';
