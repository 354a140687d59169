import { SegmentedControl } from '@mantine/core';

export function StateTabs(props: {
  readonly value: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly onChange: (state: string) => void;
}) {
  return (
    <SegmentedControl
      value={props.value}
      onChange={props.onChange}
      data={Object.entries(props.labels).map(([value, label]) => ({ value, label }))}
    />
  );
}
