import { TextInput } from '@mantine/core';

/** Six digits; pasted spaces go. One field, so that password managers and screen readers can fill it. */
export function CodeInput(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (code: string) => void;
  readonly error?: string | null;
}) {
  return (
    <TextInput
      label={props.label}
      size="lg"
      classNames={{ input: 'code-input num' }}
      inputMode="numeric"
      autoComplete="one-time-code"
      placeholder="000000"
      maxLength={7}
      value={props.value}
      error={props.error}
      onChange={(event) => props.onChange(event.currentTarget.value.replaceAll(/\D/g, '').slice(0, 6))}
    />
  );
}
