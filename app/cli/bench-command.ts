import type { Command } from 'commander';

export function addBenchCommand(_program: Command): void {}
