// What is either so or not of an endpoint, as bits of one number: its state stays small.

/** Inside a maintenance window. */
export const maintained = 1;
/** Between the failures of the present run an extra probe went well. */
export const interrupted = 2;
/** Since the evidence was last quiet an episode had a second failure. */
export const repeated = 4;
/** An incident of a group that it belongs to is open: nothing is learned. */
export const frozen = 8;
