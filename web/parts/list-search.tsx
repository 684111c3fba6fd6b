type Props = {
  /** The page of the list. */
  action: string;
  value: string;
  placeholder: string;
  /** What it means, for who does not see the placeholder. */
  label: string;
};

/** Looks for something in a list that has nothing else to choose by. */
export function ListSearch({ action, value, placeholder, label }: Props) {
  return (
    <search>
      <form class="filters" method="get" action={action} data-filters>
        <input
          class="input"
          type="search"
          name="search"
          value={value}
          placeholder={placeholder}
          aria-label={label}
          maxlength={200}
          data-search
        />
        <button class="btn" type="submit">
          Filter
        </button>
      </form>
    </search>
  );
}
