// The store's file: opened, brought up to date, watched for being taken away, moved aside when it is broken.
import { constants, copyFileSync, mkdirSync, renameSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { History } from './history.ts';
import { Incidents } from './incidents.ts';
import { lockFolder } from './lock.ts';
import { OwedTables } from './owed-tables.ts';
import { migrate } from './schema.ts';
import { configure, type OpenDatabase } from './sqlite.ts';
import { States } from './states.ts';

export const fileName = 'holter.db';
const companions = ['', '-wal', '-shm'];

/** The data folder of one process. */
export class Folder {
  readonly #folder: string;
  readonly #open: OpenDatabase;
  #lock: DatabaseSync | undefined;

  constructor(folder: string, open: OpenDatabase) {
    this.#folder = folder;
    this.#open = open;
  }

  get file(): string {
    return join(this.#folder, fileName);
  }

  /** Opens the file, made and migrated as needed. Throws HolterError `store_in_use` or `store_newer`; else what the system throws. */
  connect(vantage: string): Connection {
    mkdirSync(this.#folder, { recursive: true, mode: 0o750 });
    this.#lock ??= lockFolder(this.#folder, this.#open);
    const db = this.#open(this.file);
    try {
      configure(db);
      migrate(db, (version) => this.#copy(db, version));
      return new Connection(db, this.file, vantage);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** Renames the file and its companions; gives the new name. */
  moveAside(suffix: string): string {
    const target = `${this.file}.${suffix}`;
    renameSync(this.file, target);
    for (const companion of companions.slice(1)) renameIfThere(`${this.file}${companion}`, `${target}${companion}`);
    return target;
  }

  /** Bytes on disk of the file and its log. */
  bytes(): number {
    return companions.slice(0, 2).reduce((sum, companion) => sum + (statIfThere(`${this.file}${companion}`)?.size ?? 0), 0);
  }

  /** Gives the folder free for another process. */
  release(): void {
    this.#lock?.close();
    this.#lock = undefined;
  }

  #copy(db: DatabaseSync, version: number): void {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    copyFileSync(this.file, `${this.file}.v${version}`, constants.COPYFILE_FICLONE);
  }
}

/** One open file with its tables. */
export class Connection {
  readonly db: DatabaseSync;
  readonly history: History;
  readonly incidents: Incidents;
  readonly states: States;
  readonly owed: OwedTables;
  readonly #file: string;
  readonly #inode: number;

  constructor(db: DatabaseSync, file: string, vantage: string) {
    this.db = db;
    this.#file = file;
    this.#inode = statSync(file).ino;
    this.history = new History(db, vantage);
    this.incidents = new Incidents(db);
    this.states = new States(db);
    this.owed = new OwedTables(db);
  }

  /** False when the file was removed or replaced: what is written now would be lost with this process. */
  isThere(): boolean {
    return statIfThere(this.#file)?.ino === this.#inode;
  }

  close(): void {
    if (this.db.isOpen) this.db.close();
  }
}

/** Undefined also where the folder is none or may not be looked into. */
function statIfThere(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function renameIfThere(from: string, to: string): void {
  if (statIfThere(from) !== undefined) renameSync(from, to);
}
