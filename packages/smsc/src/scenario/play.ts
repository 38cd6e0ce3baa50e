/** Plays the steps of a scenario on a message centre. */
import { callUser } from "@esme/session";
import { isLike } from "../input/where.ts";
import type { SmscSession } from "../sessions/smsc-session.ts";
import type { Smsc } from "../smsc.ts";
import { Timers } from "../structures/timers.ts";
import type { Scenario } from "./scenario.ts";
import type { Dialling, Step, StepAction } from "./step.ts";

/** Callbacks of a player. */
export interface PlayOptions {
  /** A step failed: nobody bound in time, a peer that refused. The others go on. Not after the stop. */
  readonly onError?: (error: unknown, action: StepAction) => void;
}

/**
 * Puts the faults in force and begins with the steps. Returns what stops them; the faults stay.
 * Steps `since: bound` begin with each bind.
 */
export function playScenario(
  smsc: Smsc,
  { faults, steps }: Pick<Scenario, "faults" | "steps">,
  { onError = () => {} }: PlayOptions = {},
): () => void {
  // The newest is asked first: the first in the file comes last.
  for (const fault of [...faults].reverse()) smsc.behave(fault);
  const timers = new Timers();
  let isOver = false;
  const begin = (since: Step["since"]): void => {
    for (const step of steps.filter((each) => each.since === since)) {
      schedule(step, timers, () => {
        perform(smsc, step.action).catch((error: unknown) => {
          if (isOver) return;
          callUser(
            () => onError(error, step.action),
            (failure) => process.emitWarning(failure),
          );
        });
      });
    }
  };
  const onBound = (): void => begin("bound");
  smsc.on("bound", onBound);
  begin("start");
  return () => {
    isOver = true;
    smsc.off("bound", onBound);
    timers.close();
  };
}

function schedule(
  { at, every, times = Number.POSITIVE_INFINITY }: Step,
  timers: Timers,
  act: () => void,
) {
  const turn = (left: number): void => {
    act();
    if (every !== undefined && left > 1) timers.after(every, () => turn(left - 1));
  };
  timers.after(at, () => turn(times));
}

async function perform(smsc: Smsc, action: StepAction): Promise<void> {
  switch (action.do) {
    case "deliver":
      await smsc.deliver(action.text);
      return;
    case "fault":
      smsc.behave(action.behaviour);
      return;
    case "behave_well":
      smsc.behaveWell();
      return;
    case "phone_off":
      smsc.phone(action.number).off();
      return;
    case "phone_on":
      smsc.phone(action.number).on();
      return;
    case "alert":
      smsc.alert(action.fields, action.system_id);
      return;
    case "outbind":
      await smsc.outbind(action.options);
      return;
    case "dial":
      return dial(smsc, action.dialling);
    case "unbind":
      await Promise.all(sessionsOf(smsc, action.system_id).map(({ session }) => session.unbind()));
      return;
    case "close":
      for (const session of sessionsOf(smsc, action.system_id)) session.destroy();
      return;
    case "silence":
      for (const session of sessionsOf(smsc, action.system_id)) session.silence();
      return;
    case "write":
      for (const session of sessionsOf(smsc, action.system_id)) session.write(action.octets);
  }
}

/** Types the replies one after the other, as long as there are screens. */
async function dial(smsc: Smsc, { from, code, replies = [], ...options }: Dialling): Promise<void> {
  let screen = await smsc.phone(from).dial(code, options);
  for (const reply of replies) {
    if (screen.isLast) return;
    screen = await screen.reply(reply);
  }
  await screen.abandon();
}

function sessionsOf(smsc: Smsc, pattern: string): readonly SmscSession[] {
  return smsc.sessions.filter(
    ({ mode, system_id }) => mode !== undefined && isLike(system_id, pattern),
  );
}
