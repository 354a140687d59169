import type { Command } from 'commander';
import type { Config } from '../config/read-config.ts';

export function addDemoCommand(_program: Command, _readEnvironment: () => Config): void {}
