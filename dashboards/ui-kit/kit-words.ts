import { useLocale } from './locale.tsx';

const en = {
  copy: 'Copy',
  copied: 'Copied',
  tryAgain: 'Try again',
  couldNotLoad: 'This could not be loaded',
  unreachable: 'No connection to the server. Check your network, then try again.',
  loading: 'Loading',
  toDark: 'Switch to dark',
  toLight: 'Switch to light',
  language: '中文',
  languageLabel: '切换到中文',
};

const zh: typeof en = {
  copy: '复制',
  copied: '已复制',
  tryAgain: '重试',
  couldNotLoad: '无法加载',
  unreachable: '无法连接服务器。请检查网络后重试。',
  loading: '加载中',
  toDark: '切换到深色',
  toLight: '切换到浅色',
  language: 'English',
  languageLabel: 'Switch to English',
};

export function useKitWords(): typeof en {
  return useLocale().locale === 'zh' ? zh : en;
}
