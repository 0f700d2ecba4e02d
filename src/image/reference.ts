/** Image references: parsed and normalised as the kubelet does, so that both speak of the same registry and repository. */

import { Fault } from '../fault.ts';

/** An image name without its tag and digest, which take no part in matching. */
export interface Reference {
  /** The host as the image wrote it, with its port: the host of every auth key. `docker.io` where none is written. */
  readonly host: string;
  /** The host as the kubelet normalises it: `index.docker.io` is `docker.io`. */
  readonly registry: string;
  /** The path below the registry, `library/` included on Docker Hub. */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const defaultRegistry = 'docker.io';
const legacyDefaultRegistry = 'index.docker.io';
const repositoryLimit = 255;
const shownLength = 120;

const component = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const registryRule = new RegExp(`^(?:${component}(?:\\.${component})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const repositoryRule = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const tagRule = /^\w[\w.-]{0,127}$/;
const identifierRule = /^[a-f0-9]{64}$/;
/** Lengths in hexadecimal digits of the digest algorithms that container runtimes accept. */
const digestRule = /^(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})$/;

/**
 * Parses `[registry[:port]/]repository[:tag][@digest]`.
 * Grammar and normalisation: https://github.com/distribution/reference/blob/v0.6.0/normalize.go, which the kubelet uses
 * (https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/util/parsers/parsers.go).
 * Throws a Fault with code `invalid-image` for anything else.
 */
export function parseReference(image: string): Reference {
  if (image === '') throw invalid(image, 'it is empty');
  if (image.includes('://')) throw invalid(image, 'it must not begin with a scheme');
  if (identifierRule.test(image))
    throw invalid(image, '64 hexadecimal digits name an image id, not a repository');
  const { host, registry, rest } = splitRegistry(image);
  const { name: repository, tag, digest } = splitSuffixes(image, rest);

  if (!registryRule.test(registry))
    throw invalid(image, 'what stands before its first "/" is no registry host');
  if (!repositoryRule.test(repository)) {
    throw invalid(
      image,
      repository === repository.toLowerCase() ? repositoryHint : 'a repository is lower case',
    );
  }
  if (repository.length > repositoryLimit) {
    throw invalid(image, `its repository is longer than ${repositoryLimit} characters`);
  }
  return { host, registry, repository, tag, digest };
}

const repositoryHint =
  'a repository is made of lower-case letters, digits, single ".", "_", "__" or "-" between them, and "/"';

/** The first component is a registry when it looks like a host: `localhost`, a dot, a colon or an upper-case letter in it. */
function splitRegistry(image: string): { host: string; registry: string; rest: string } {
  const slash = image.indexOf('/');
  const first = image.slice(0, Math.max(slash, 0));
  const isHost =
    first === 'localhost' || first.includes('.') || first.includes(':') || first !== first.toLowerCase();
  const host = isHost ? first : defaultRegistry;
  const registry = host === legacyDefaultRegistry ? defaultRegistry : host;
  const rest = isHost ? image.slice(slash + 1) : image;
  return {
    host,
    registry,
    rest: registry === defaultRegistry && !rest.includes('/') ? `library/${rest}` : rest,
  };
}

function splitSuffixes(image: string, text: string) {
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const tagged = at < 0 ? text : text.slice(0, at);
  const colon = tagged.indexOf(':');
  const tag = colon < 0 ? undefined : tagged.slice(colon + 1);
  if (tag !== undefined && !tagRule.test(tag)) throw invalid(image, `"${shorten(tag)}" is no tag`);
  if (digest !== undefined && !digestRule.test(digest))
    throw invalid(image, `"${shorten(digest)}" is no digest`);
  return { name: colon < 0 ? tagged : tagged.slice(0, colon), tag, digest };
}

function invalid(image: string, why: string): Fault {
  return new Fault('invalid-image', `"${shorten(image)}" is no image reference`, why);
}

/** A part of an image name as an error may show it: not too long, and without what looks like a user and a password. */
function shorten(text: string): string {
  const masked = text.replace(/^(\w+:\/\/)?[^/@]*@(?=[^/]*\/)/, '$1…@');
  return masked.length <= shownLength ? masked : `${masked.slice(0, shownLength)}…`;
}
