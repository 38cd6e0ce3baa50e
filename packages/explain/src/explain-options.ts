// How PDUs are explained.

import type { VendorTlvs } from "@esme/pdu";
import type { CharsetOverrides } from "@esme/sm-split";

/** How `explain`, `explanationOf` and the functions for dumps tell it. */
export interface ExplainOptions {
  /** Vendor TLVs to call by their names, as for `createCodec` of `@esme/pdu`. */
  tlvs?: VendorTlvs;
  /** `false` hides addresses, ids and texts behind their sizes. A password is always hidden. */
  content?: boolean;
  /** Charsets of data_coding values, where an SMSC reads them its own way: `{ 0: "latin1" }`. */
  charsets?: CharsetOverrides;
}
