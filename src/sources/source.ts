/** What a source is: given options and a request, it gets one credential for one registry host. */

import type { Deadline } from '../deadline.ts';
import type { Io } from '../io/io.ts';

/** A user name and password for a registry. Both empty: the documented anonymous credential. */
export interface Credential {
  readonly username: string;
  readonly password: string;
  /** Milliseconds since the epoch; absent when the credential does not expire. */
  readonly expiresAt?: number;
}

/** Options as written in the configuration, already checked for their names and types. */
export type SourceOptions = Readonly<Record<string, string | boolean>>;

export interface SourceRequest {
  readonly options: SourceOptions;
  /** The folder that relative paths in `options` start from. */
  readonly directory: string;
  /** The image's host as the request wrote it, with its port. */
  readonly host: string;
  /** True when the entry's pattern spells the host out, without any wildcard. */
  readonly literalHost: boolean;
  /** What the kubelet sends in service-account mode (Kubernetes 1.33 and newer). */
  readonly serviceAccount: ServiceAccount | undefined;
  readonly deadline: Deadline;
  /** A fact without any secret that `find` gave at most `lifetime` milliseconds ago on this node, or gives now. */
  remember(subject: Subject, lifetime: number, find: () => Promise<string>): Promise<string>;
}

/** What is remembered for whom: both decide the answer. */
export interface Subject {
  readonly who: string;
  readonly scope: string;
}

export interface ServiceAccount {
  readonly token: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** For whom and for which hosts a credential is good; what a token cache needs to tell two credentials apart. */
export interface Identity {
  /** Who asks, without any secret: `user ci`, an ARN, an access key id, `instance metadata`. */
  readonly who: string;
  /** What the credential opens: requests of equal `who` and `scope` (and options) get the same credential. */
  readonly scope: string;
}

/** A source neither prints nor caches. Its module stays small: what is heavy is imported inside `fetch`. */
export interface Source {
  /** Who would ask, found without any network access. Rejects with a Fault when that cannot be told. */
  identify(request: SourceRequest, io: Io): Promise<Identity>;
  /**
   * Gets the credential; undefined when the source answered that it has none for this host.
   * Rejects with a Fault for everything that goes wrong.
   */
  fetch(request: SourceRequest, io: Io): Promise<Credential | undefined>;
}
