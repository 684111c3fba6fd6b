/** Says whether what is shown is being followed; `live.js` keeps it true. */
export function LiveChip() {
  return (
    <span class="live t-quiet" data-live-chip data-state="connecting" role="status">
      connecting
    </span>
  );
}
