export * from '../../app/demo/contracts/index.ts';
