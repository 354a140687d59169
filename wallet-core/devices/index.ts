import type { Migrations } from '../../platform/sql/port.ts';

export { createDevices, type Device, type DeviceRefusal, type Devices } from './devices.ts';

export const devicesMigrations: Migrations = { room: 'devices', directory: new URL('./migrations/', import.meta.url) };
