// The tables, and how an older file becomes one of today: forward only, after a copy.
import type { DatabaseSync } from 'node:sqlite';
import { HolterError } from '#model/error.ts';

/**
 * Each step takes the file from version i to i + 1. Never change a released step; add one.
 *
 * `result` is clustered by minute, endpoint, time: what one second brings lands on a few pages of the present minute
 * (by endpoint first, each result would dirty a page of its own), and one endpoint's last hour is sixty short seeks.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE endpoint (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
   CREATE TABLE result (
     minute INTEGER NOT NULL, endpoint INTEGER NOT NULL, at INTEGER NOT NULL,
     code INTEGER NOT NULL, late INTEGER NOT NULL, duration INTEGER NOT NULL, detail TEXT,
     PRIMARY KEY (minute, endpoint, at)) WITHOUT ROWID;
   CREATE TABLE hourly (
     hour INTEGER NOT NULL, endpoint INTEGER NOT NULL,
     probes INTEGER NOT NULL, failures INTEGER NOT NULL, maintenance INTEGER NOT NULL, missing INTEGER NOT NULL, duration INTEGER NOT NULL,
     PRIMARY KEY (hour, endpoint)) WITHOUT ROWID;
   CREATE TABLE hourly_reason (
     hour INTEGER NOT NULL, endpoint INTEGER NOT NULL, reason INTEGER NOT NULL, failures INTEGER NOT NULL,
     PRIMARY KEY (hour, endpoint, reason)) WITHOUT ROWID;
   CREATE TABLE state (endpoint TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL);
   CREATE TABLE incident (
     id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, state TEXT NOT NULL, endpoint TEXT NOT NULL,
     opened_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, text TEXT NOT NULL);
   CREATE INDEX incident_by_opening ON incident (opened_at, id);
   CREATE INDEX incident_by_endpoint ON incident (endpoint, opened_at, id);
   CREATE INDEX incident_open ON incident (opened_at, id) WHERE state = 'open';
   CREATE INDEX incident_resolved ON incident (changed_at) WHERE state = 'resolved';
   CREATE TABLE incident_event (
     id TEXT PRIMARY KEY, incident TEXT NOT NULL, sequence INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL);
   CREATE INDEX incident_event_by_incident ON incident_event (incident, sequence);
   CREATE TABLE outbox (
     row INTEGER PRIMARY KEY, id TEXT NOT NULL, receiver TEXT NOT NULL, event TEXT NOT NULL, created_at INTEGER NOT NULL,
     attempts INTEGER NOT NULL, not_before INTEGER NOT NULL, settled_at INTEGER, outcome TEXT, alert TEXT,
     UNIQUE (id, receiver));
   CREATE INDEX outbox_owed ON outbox (row) WHERE settled_at IS NULL;
   CREATE INDEX outbox_settled ON outbox (settled_at) WHERE settled_at IS NOT NULL;
   CREATE TABLE standing (
     receiver TEXT NOT NULL, key TEXT NOT NULL, alert TEXT NOT NULL, PRIMARY KEY (receiver, key));`,
];

/**
 * Brings the file to the last version, one transaction in all. `copy` is called first when there is something to lose.
 * Throws HolterError `store_newer` for a file of a newer Holter.
 */
export function migrate(db: DatabaseSync, copy: (version: number) => void, steps: readonly string[] = migrations): void {
  const version = schemaVersion(db);
  if (version > steps.length) {
    const message = `the store has schema version ${version}, this Holter knows ${steps.length}: run the newer Holter or use another data folder`;
    throw new HolterError('store_newer', message, { retryable: false });
  }
  if (version === steps.length) return;
  if (version > 0) copy(version);
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const step of steps.slice(version)) db.exec(step);
    db.exec(`PRAGMA user_version = ${steps.length}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** `PRAGMA user_version`: 0 for a file without tables. */
export function schemaVersion(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}
