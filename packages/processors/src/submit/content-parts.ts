/** From the text of a message to the parts that carry it. */

import type { Sequencer } from "@esme/sequencers";
import {
  type CountOptions,
  countSegments,
  type EncodedMessage,
  encodeShortMessage,
  isSplitError,
  type SplitError,
  type SplitMessage,
  type SplitMethod,
  type SplitOptions,
  splitShortMessage,
} from "@esme/sm-split";
import type { SubmitSm } from "../processor.ts";
import { ProcessorError, type ProcessorErrorCode } from "../processor-error.ts";
import { type CodingPlan, codingPlan } from "./coding.ts";
import type { SubmitSettings } from "./submit-config.ts";

/** The fields in which the PDUs of one message differ. */
export type Part = Pick<
  SubmitSm,
  | "esm_class"
  | "data_coding"
  | "short_message"
  | "message_payload"
  | "sar_msg_ref_num"
  | "sar_total_segments"
  | "sar_segment_seqnum"
>;

/** What the field short_message holds (SMPP 3.4 section 5.2.22). */
const shortMessageOctets = 254;

/** More than message_payload holds, packed septets included: such a text is not encoded in vain. */
const mostCharacters = 75_000;

const splitMethods = {
  multipart_udh: "udh",
  multipart_udh16: "udh16",
  multipart_sar: "sar",
} as const;

/** Cuts texts as one configuration says; references are drawn from one sequencer. */
export class ContentParts {
  readonly #references: Sequencer;
  readonly #rollover: number;
  readonly #codings: SubmitSettings["codings"];
  readonly #limits: CountOptions["limits"];
  /** Most messages share the settings of the configuration, and so their plan. */
  readonly #plans = new WeakMap<SubmitSettings, CodingPlan>();

  constructor(settings: SubmitSettings, references: Sequencer) {
    this.#references = references;
    this.#rollover = settings.multipart_sar_reference_rollover;
    this.#codings = settings.codings;
    this.#limits = limitsOf(settings);
  }

  /**
   * The parts, in order, of a text or of octets. Rejects with a `ProcessorError` when they do not fit
   * what is set; the `data_coding` of a text has been found to have characters.
   */
  async of(content: string | Uint8Array, settings: SubmitSettings): Promise<Part[]> {
    if (content.length > mostCharacters) {
      const problem = `${content.length} characters do not fit into any message`;
      throw new ProcessorError("too_long", "content", problem);
    }
    const { multipart_handling } = settings;
    const plan = this.#planFor(settings);
    try {
      if (multipart_handling === "short_message") return [this.#single(content, settings, plan)];
      const method =
        multipart_handling === "message_payload"
          ? this.#singleOrPayload(content, settings, plan)
          : splitMethods[multipart_handling];
      const split = await this.#split(content, settings, plan, method);
      const inPayload = method === "payload";
      return split.parts.map((octets, i) => ({
        esm_class: split.esm_class,
        data_coding: split.data_coding,
        short_message: inPayload ? undefined : octets,
        message_payload: inPayload ? octets : undefined,
        ...split.segments[i]?.tlvs,
      }));
    } catch (error) {
      throw isSplitError(error) ? refusal(error) : error;
    }
  }

  /** message_payload is for what does not fit into one short message, as in vumi2. */
  #singleOrPayload(
    content: string | Uint8Array,
    settings: SubmitSettings,
    plan: CodingPlan,
  ): SplitMethod {
    return this.#count(content, settings, plan) === 1 ? "single" : "payload";
  }

  /** In how many parts it would go out with a header. */
  #count(
    content: string | Uint8Array,
    { elements, national_tables }: SubmitSettings,
    { data_coding, fallback, overrides }: CodingPlan,
  ): number {
    const { segments } = countSegments(content, {
      fallback,
      overrides,
      dataCoding: data_coding,
      elements,
      limits: this.#limits,
      national: national_tables === "auto" ? national_tables : undefined,
    });
    return segments;
  }

  #planFor(settings: SubmitSettings): CodingPlan {
    const { data_coding, octets } = settings;
    if (octets !== undefined) return { data_coding, packed: false };
    const known = this.#plans.get(settings);
    if (known !== undefined) return known;
    const plan = codingPlan({ ...settings, codings: this.#codings });
    if (plan === undefined) {
      const problem = `data_coding ${settings.data_coding} has no characters`;
      throw new ProcessorError("unencodable", "content", problem);
    }
    this.#plans.set(settings, plan);
    return plan;
  }

  /** Splitting asks for a reference only when it finds several parts. */
  async #split(
    content: string | Uint8Array,
    { elements, national_tables, max_parts }: SubmitSettings,
    { data_coding, fallback, overrides, packed }: CodingPlan,
    method: SplitMethod,
  ): Promise<SplitMessage> {
    const most = method === "udh" ? 255 : 65_535;
    const last = Math.min(this.#rollover - 1, most);
    const wrap = (number: number) => ((number - 1) % last) + 1;
    let awaited: Promise<number> | undefined;
    // Each property by name: to take the others of an object and spread them took 7 % of the CPU of a
    // worker (tools/bench worker).
    const options: SplitOptions = {
      fallback,
      overrides,
      packed,
      method,
      elements,
      limits: this.#limits,
      maxParts: max_parts,
      national: national_tables === "auto" ? national_tables : undefined,
      reference: () => {
        const drawn = this.#references.next();
        if (typeof drawn === "number") return wrap(drawn);
        awaited = drawn;
        return 0;
      },
    };
    const split = splitShortMessage(content, data_coding, options);
    if (awaited === undefined) return split;
    const reference = wrap(await awaited);
    return splitShortMessage(content, data_coding, { ...options, reference });
  }

  #single(content: string | Uint8Array, settings: SubmitSettings, plan: CodingPlan): Part {
    const { elements } = settings;
    const { data_coding, packed, ...options } = plan;
    const part =
      typeof content === "string" && !packed && elements.length === 0
        ? textIn(encodeShortMessage(content, data_coding, options))
        : wholeOf(
            splitShortMessage(content, data_coding, {
              ...options,
              elements,
              packed,
              method: "payload",
            }),
          );
    const length = part.short_message?.length ?? 0;
    if (length > shortMessageOctets) {
      const segments = this.#count(content, settings, plan);
      throw new ProcessorError(
        "too_long",
        "content",
        `${length} octets do not fit into short_message, which holds ${shortMessageOctets}; ` +
          `with multipart_handling multipart_udh it would go out in ${segments} parts`,
      );
    }
    return part;
  }
}

function textIn({ data_coding, octets }: EncodedMessage): Part {
  return { data_coding, short_message: octets };
}

function wholeOf({ esm_class, data_coding, parts }: SplitMessage): Part {
  return { esm_class, data_coding, short_message: parts[0] };
}

function limitsOf({ part_limits, single_limits }: SubmitSettings): CountOptions["limits"] {
  if (Object.keys({ ...part_limits, ...single_limits }).length === 0) return undefined;
  const of = (unit: keyof typeof part_limits) => {
    const single = single_limits[unit];
    const part = part_limits[unit];
    return { ...(single && { single }), ...(part && { part }) };
  };
  return { septet: of("septets"), octet: of("octets"), codeUnit: of("code_units") };
}

const refusals: Partial<Record<string, ProcessorErrorCode>> = {
  too_many_parts: "too_many_parts",
  unencodable: "unencodable",
};

function refusal(error: SplitError): ProcessorError {
  const code = refusals[error.code] ?? "too_long";
  return new ProcessorError(code, "content", error.message, { cause: error });
}
