import { useMemo, useRef, useState, type ReactNode } from 'react';
import type { EventKind } from '../../../core/events.ts';
import { indexIn } from '../../../views/growing-list.ts';
import { kindsListed, listedPlaces, type Listed } from '../../../views/listed-places.ts';
import { chainOf, eventsAt, placesWith } from '../../../views/event-queries.ts';
import { parseFilter, type Term } from '../../../views/filter.ts';
import { formatCount, formatSecond } from '../../../views/format.ts';
import { Button, FilterField, IconButton, Segments } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty } from '../../components/parts.tsx';
import { useIndex, useInspector, useNow, useShownContexts, useSlowRevision, useView } from '../../state/inspector.ts';
import { modKey, usePanelKeys } from '../../state/keys.ts';
import { useRead } from '../../state/use-read.ts';
import { EventDetail } from './event-detail.tsx';
import { EventTable } from './event-table.tsx';
import { EventsExportMenu } from './export-menu.tsx';
import { KIND_GROUPS, KindChips } from './kind-chips.tsx';
import { KindsMenu } from './kinds-menu.tsx';
import { layLanes, type LaneHeight, type LaneSort } from './lane-layout.ts';
import { Lanes } from './lanes.tsx';
import { Minimap } from './minimap.tsx';
import { Ruler } from './ruler.tsx';
import { SelectionDetail } from './selection-detail.tsx';
import { panned, windowOf, zoomed } from './time-window.ts';

const WIDTHS = [
  { value: '10000', label: '10 s' },
  { value: '60000', label: '1 min' },
  { value: '480000', label: '8 min' },
  { value: '0', label: 'All' },
];
/** More events than this in view are listed anew once a second only. */
const MANY = 5_000;
const SORTS: readonly LaneSort[] = ['activity', 'state', 'name'];
const HEIGHTS: readonly LaneHeight[] = ['auto', '44', '18', '14'];
const next = <T,>(list: readonly T[], value: T): T => list[(list.indexOf(value) + 1) % list.length] as T;

/** What every context did, when, and what came of it. */
export function TimelinePanel(): ReactNode {
  const inspector = useInspector();
  const view = useView();
  const { index, revision } = useIndex();
  const contexts = useShownContexts();
  const now = useNow();
  const fields = view.fields;
  const follow = view.to === null && view.cursor === null;
  const shown = windowOf(view, index, view.cursor === null ? now : Math.max(index.lastAt, 0));
  const hidden = useMemo(() => new Set((fields['timeline.hidden'] ?? 'Frame').split('|')), [fields]);
  const kinds = useMemo(() => new Set<EventKind>(KIND_GROUPS.flatMap(({ label, kinds: group }) => (hidden.has(label) ? [] : group))), [hidden]);
  const sort = SORTS.find((one) => one === fields['timeline.sort']) ?? 'activity';
  const height = HEIGHTS.find((one) => one === fields['timeline.lanes']) ?? 'auto';
  const { lanes, quiet } = layLanes(contexts, index, shown, sort, height, view.selected, fields['timeline.quiet'] === 'open');
  const text = fields['timeline'] ?? '';
  const terms = useMemo(() => parseFilter(text), [text]);
  const matched = useFound(text, terms);
  const listed = useMemo((): Listed => ({ kinds: kindsListed(kinds, terms), contexts: view.contexts.length === 0 ? null : view.contexts, found: matched }), [kinds, terms, view.contexts, matched]);
  const found = useMemo(() => (matched === null ? null : Array.from(listedPlaces(index, 0, index.length, listed))), [index, matched, listed]);
  const scope = fields['timeline.scope'] ?? 'view';

  const eventPlace = fields['timeline.event'] === undefined || fields['timeline.event'] === '' ? null : Number(fields['timeline.event']);
  const { value: event } = useRead(`event ${eventPlace}`, async (read) => (eventPlace === null ? null : ((await eventsAt(read, [eventPlace]))[0] ?? null)), false);
  const current = event !== null && event.place === eventPlace ? event : null;
  const { value: chain } = useRead(`chain ${current?.place ?? ''}`, (read) => (current?.contextId === undefined ? Promise.resolve([]) : chainOf(read, current.contextId, current.mutationIds ?? [])), false);
  const links = chain ?? [];
  const chainPlaces = useMemo(() => (chain ?? []).map(({ place }) => place), [chain]);

  const inView = { from: index.placeOf(shown.from), to: index.placeOf(shown.to) };
  const counts = new Map<EventKind, number>();
  const kept = new Set(view.contexts);
  for (const kind of index.seconds.keys()) {
    counts.set(kind, kept.size === 0 ? index.countIn(index.ofKind(kind), inView.from, inView.to) : [...kept].reduce((sum, id) => sum + index.countIn(index.tracks.get(id)?.ofKind(kind) ?? [], inView.from, inView.to), 0));
  }
  const span = scope === 'selection' && view.selection !== null ? view.selection : shown;
  const slow = useSlowRevision();
  const many = index.placeOf(span.to) - index.placeOf(span.from) > MANY;
  const tick = many ? slow : revision;
  const [left, right] = many ? [Math.floor(span.from / 5_000) * 5_000, Math.ceil(span.to / 5_000) * 5_000] : [span.from, span.to];
  const places = useMemo((): ArrayLike<number> => {
    if (scope === 'chain' && chainPlaces.length > 1) return chainPlaces;
    const from = index.placeOf(left);
    const to = index.placeOf(right);
    return listedPlaces(index, from, to, listed);
    // eslint-disable-next-line react/exhaustive-deps -- the index grows in place
  }, [index, tick, left, right, listed, scope, chainPlaces]);
  const selectEvent = (place: number): void => {
    inspector.setField('timeline.event', String(place));
    const at = index.at[place] ?? 0;
    if (at < shown.from || at > shown.to) inspector.show({ to: at + (shown.to - shown.from) / 2, width: shown.to - shown.from });
  };
  const closeEvent = (): void => {
    inspector.setField('timeline.event', '');
    inspector.setField('timeline.scope', '');
  };
  const move = (by: 1 | -1): void => {
    const here = eventPlace === null ? -1 : indexIn(places, eventPlace);
    const place = places[Math.max(0, Math.min(places.length - 1, here + by))];
    if (place !== undefined) selectEvent(place);
  };
  const middle = (shown.from + shown.to) / 2;
  const [exporting, setExporting] = useState(false);
  const exportButton = useRef<HTMLButtonElement>(null);
  usePanelKeys({
    'Mod+E': () => setExporting(true),
    W: () => inspector.show(zoomed(shown, 0.6, middle, follow)),
    S: () => inspector.show(zoomed(shown, 1.6, middle, follow)),
    A: () => inspector.show(panned(shown, -0.25)),
    D: () => inspector.show(panned(shown, 0.25)),
    Z: () => view.selection !== null && inspector.show({ width: view.selection.to - view.selection.from, to: view.selection.to, selection: null }),
    J: () => move(1),
    K: () => move(-1),
    C: () => void inspector.copy(JSON.stringify(current ?? view.selection, null, 2), current === null ? 'The selection' : 'The event'),
    ...(eventPlace === null ? {} : { Escape: closeEvent }),
  });
  const onToggle = (label: string, alone: boolean): void => inspector.setField('timeline.hidden', toggled(hidden, label, alone));
  const hiddenFrames = hidden.has('Frame') ? (counts.get('frame') ?? 0) : 0;
  return (
    <>
      <div className="bar tl-b1">
        <FilterField
          label="Search events"
          placeholder="Search events, for example kind:conflict entity:patient"
          icon="search"
          value={text}
          onChange={(value) => inspector.setField('timeline', value)}
          onEnter={() => move(1)}
          trailing={
            found === null ? undefined : (
              <>
                <span className="t2 nw">{eventPlace !== null && found.includes(eventPlace) ? `${found.indexOf(eventPlace) + 1} of ${formatCount(found.length)}` : `${formatCount(found.length)} found`}</span>
                <IconButton icon="chev-up" label="Previous match" onPress={() => move(-1)} />
                <IconButton icon="chev-down" label="Next match" onPress={() => move(1)} />
                <IconButton icon="close" label="Clear the search" onPress={() => inspector.setField('timeline', '')} />
              </>
            )
          }
        />
        <Segments className="tl-zoom" label="Width of the view" value={String(view.width)} options={WIDTHS} onChange={(value) => inspector.show({ width: Number(value), ...(value === '0' ? { to: null } : {}) })} />
        <span className="tl-pm">
          <IconButton icon="minus" label="Zoom out (S)" onPress={() => inspector.show(zoomed(shown, 1.6, middle, follow))} />
          <IconButton icon="plus" label="Zoom in (W)" onPress={() => inspector.show(zoomed(shown, 0.6, middle, follow))} />
          <IconButton icon="fit" label="Zoom to selection (Z)" off={view.selection === null ? 'Drag over the lanes to select a range first' : null} onPress={() => view.selection !== null && inspector.show({ width: view.selection.to - view.selection.from, to: view.selection.to, selection: null })} />
        </span>
        <button type="button" className="check tl-follow" role="switch" aria-checked={follow} title="Keep now at the right edge (L)" onClick={() => (follow ? inspector.show({ to: shown.to }) : inspector.goLive())}>
          <span className="switch" aria-hidden="true" data-on={follow} />
          Follow
        </button>
        <span className="grow" />
        <KindsMenu counts={counts} hidden={hidden} onToggle={onToggle} />
        {fields['timeline.quiet'] === 'open' ? <Button className="quiet p3" label="Fold quiet lanes" onPress={() => inspector.setField('timeline.quiet', '')} /> : null}
        <button type="button" className="btn quiet p3" title="Sort lanes" onClick={() => inspector.setField('timeline.sort', next(SORTS, sort))}>
          <span className="t2">Sort</span> {sort}
          <Icon name="chev-down" />
        </button>
        <button type="button" className="btn quiet p3" title="Lane height: auto, 44, 18 or 14 px" onClick={() => inspector.setField('timeline.lanes', next(HEIGHTS, height))}>
          <span className="t2">Lanes</span> {height}
          <Icon name="chev-down" />
        </button>
        <Button className="quiet p3" icon="download" label={view.selection === null ? 'Export view…' : 'Export selection…'} title={`Save the events as a file (${modKey('E')})`} buttonRef={exportButton} onPress={() => setExporting((open) => !open)} />
        {exporting ? <EventsExportMenu span={view.selection ?? shown} chosen={view.selection !== null} listed={listed} anchor={exportButton} onClose={() => setExporting(false)} /> : null}
      </div>
      <KindChips counts={counts} hidden={hidden} onToggle={onToggle} />
      <div className={`tl-split ${current === null ? '' : 'past'}`}>
        <div className="tl-top">
          <Minimap lanes={lanes} window={shown} />
          <Ruler lanes={contexts.length} window={shown} />
          <Lanes lanes={lanes} quiet={quiet} window={shown} kinds={kinds} follow={follow} chain={chainPlaces.length > 1 ? chainPlaces : NO_CHAIN} onEvent={selectEvent} />
        </div>
        <div className="tl-bot">
          <section className="tl-ev" aria-label="Events" data-region>
            <div className="detail-head">
              <h2>Events</h2>
              <Segments
                label="Which events"
                className="tl-scope"
                value={scope === 'selection' && view.selection === null ? 'view' : scope}
                onChange={(value) => inspector.setField('timeline.scope', value)}
                options={[
                  { value: 'view', label: <>In view {scope === 'view' ? <span className="t3">{formatCount(places.length)}</span> : null}</> },
                  ...(view.selection === null ? [] : [{ value: 'selection', label: <>In selection {scope === 'selection' ? <span className="t3">{formatCount(places.length)}</span> : null}</> }]),
                  ...(links.length > 1 ? [{ value: 'chain', label: <>This chain <span className="t3">{links.length}</span></> }] : []),
                ]}
              />
              {hiddenFrames > 0 ? <span className="t2 p3">{formatCount(hiddenFrames)} frames hidden by kind</span> : null}
              <span className="grow" />
            </div>
            {places.length === 0 ? <NoEvents from={shown.from} to={shown.to} searching={found !== null} /> : <EventTable places={places} selected={eventPlace} chain={current === null ? NO_CHAIN : chainPlaces} onSelect={selectEvent} follow={follow && eventPlace === null} list={`${scope} ${text}`} />}
          </section>
          {current === null ? <SelectionDetail span={view.selection ?? shown} chosen={view.selection !== null} /> : <EventDetail event={current} chain={links} onSelect={selectEvent} onClose={closeEvent} />}
        </div>
      </div>
    </>
  );
}

const NO_CHAIN: readonly number[] = [];

function toggled(hidden: ReadonlySet<string>, label: string, alone: boolean): string {
  if (alone) return KIND_GROUPS.map((group) => group.label).filter((one) => one !== label).join('|');
  const after = new Set(hidden);
  if (!after.delete(label)) after.add(label);
  return after.size === 0 ? 'none' : [...after].join('|');
}

/** Places that a search keeps; null without one. */
function useFound(text: string, terms: readonly Term[]): readonly number[] | null {
  const { value } = useRead(`found ${text}`, (read) => {
    if (terms.length === 0) return Promise.resolve(null);
    const keys = terms.flatMap(({ key, value: wanted, whole }) => (key === null ? [] : [{ key, value: wanted, whole }]));
    return placesWith(read, terms.filter(({ key }) => key === null).map((term) => term.value), keys);
  });
  return terms.length === 0 ? null : (value ?? null);
}

function NoEvents({ from, to, searching }: { from: number; to: number; searching: boolean }): ReactNode {
  const inspector = useInspector();
  return (
    <Empty
      icon={searching ? 'filter' : 'clock'}
      title={searching ? 'No event matches here' : 'No events in this stretch'}
      actions={searching ? <Button label="Clear search" kbd="Esc" onPress={() => inspector.setField('timeline', '')} /> : <Button label="Show all" onPress={() => inspector.show({ width: 0, to: null })} />}
    >
      {formatSecond(from)} to {formatSecond(to)}
    </Empty>
  );
}
