/** What an operator sees beside the message: the kind of problem and its remedy. */
interface CatalogEntry {
  /** One sentence: what has happened. `docs/errors.md` prints it. */
  readonly meaning: string;
  /** What the operator does next, in the imperative. */
  readonly remedy: string;
}

/**
 * Every error the product can report, once. Codes are stable: scripts and alerts match on them, so a code is never
 * renamed or given another meaning. `docs/errors.md` is generated from this table.
 */
export const errorCatalog = {
  POWERVM_USAGE: {
    meaning: 'A command was called with arguments that do not fit together.',
    remedy: 'See `otel-powervm --help` for the verbs and their options.',
  },
  POWERVM_CONFIG_INVALID: {
    meaning: 'The configuration file, or an option of an embedding program, is not valid.',
    remedy: 'Correct what the message names.',
  },
  POWERVM_CONFIG_UNREADABLE: {
    meaning: 'The configuration file, or a file that it names, cannot be read.',
    remedy: 'Check the path and the permissions of the file.',
  },
  POWERVM_FILE_UNWRITABLE: {
    meaning: 'A file that a command should write cannot be written.',
    remedy: 'Name another place, or make its directory and see to its permissions.',
  },
  POWERVM_CONSOLE_UNREACHABLE: {
    meaning: 'No TCP connection to the console could be made, or it broke, or no answer came in time.',
    remedy: 'Check the host name, the port (443 or 12443) and the firewall between here and the console.',
  },
  POWERVM_TLS_UNTRUSTED: {
    meaning: 'The certificate of the console is not trusted, not valid now, or for another host name.',
    remedy:
      'Pass the certificate authority of the console with `ca_file` (or --ca-file), its name with `server_name_override`, or pin its certificate with `fingerprint` after comparing it on the console.',
  },
  POWERVM_CLEAR_TEXT_REFUSED: {
    meaning: 'An http:// address that is not on this machine would carry the password in clear text.',
    remedy:
      'Use https://, or allow clear text for this console with `allow_clear_text` (--allow-clear-text) if you trust every hop.',
  },
  POWERVM_LOGON_REFUSED: {
    meaning:
      'The console refused the user name or password. It is not tried again, since repeated refusals lock the account.',
    remedy: 'Check user name and password, and that the account is neither locked nor expired.',
  },
  POWERVM_REMOTE_ACCESS_OFF: {
    meaning: 'The account may not use the REST API of the console.',
    remedy: 'Switch on "Allow remote access via the web" in the user profile on the HMC.',
  },
  POWERVM_LOGON_FAILED: {
    meaning: 'The console did not complete the logon, for a reason other than the credentials.',
    remedy:
      'Check that the address is a PowerVM console whose REST API is up; an HMC needs some minutes after a restart.',
  },
  POWERVM_FILE_LOGON_FAILED: {
    meaning: 'File authentication of NovaLink did not work on this machine.',
    remedy:
      'Run on the NovaLink partition itself, as root or as a member of its PowerVM administrators group, or give a user name and password.',
  },
  POWERVM_SESSION_LOST: {
    meaning: 'The console ended the session, and the fresh one was refused as well.',
    remedy: 'Check the session limits and time-outs of the account on the console.',
  },
  POWERVM_FORBIDDEN: {
    meaning: 'The account lacks the authority for what was asked.',
    remedy:
      'Give the account a task role that may view managed systems and performance data: hmcviewer is enough to read. Switching monitoring on needs hmcsuperadmin, or a role of your own that may change it.',
  },
  POWERVM_PCM_DISABLED: {
    meaning: 'Performance and Capacity Monitoring is switched off for this managed system.',
    remedy:
      'Switch on long-term monitoring on the console (Console Settings, Change Performance Monitoring Settings), or set `pcm.enable: true`.',
  },
  POWERVM_PCM_NO_SAMPLE: {
    meaning: 'PCM gave no sample in the last thirty minutes.',
    remedy:
      'Check that the managed system is operating, that its monitoring is on, and that the clock of the console is right.',
  },
  POWERVM_PCM_LIMIT: {
    meaning: 'Monitoring cannot be switched on because the console already monitors as many systems as it allows.',
    remedy: 'Switch monitoring off for another managed system, or read this one through another console.',
  },
  POWERVM_PCM_CHANGE_CONFLICT: {
    meaning:
      'The console refused to change the monitoring settings of a system, as if somebody else changed them at the same time.',
    remedy:
      'Try again when nobody else changes them, or switch long-term monitoring on at the console (Console Settings, Change Performance Monitoring Settings).',
  },
  POWERVM_NO_SYSTEM: {
    meaning: 'The console manages no system that this account may see and the filters keep.',
    remedy: 'Check the resource roles of the account on the console, and `systems.include` and `systems.exclude`.',
  },
  POWERVM_NOT_FOUND: {
    meaning:
      'The console does not know what was asked for. A listed document that has aged out is a normal case of it.',
    remedy: 'Nothing for a document; otherwise check that the address is the root of a PowerVM console.',
  },
  POWERVM_CONSOLE_BUSY: {
    meaning: 'The console or one of its VIOSes was too busy or restarting, and stayed so over all retries.',
    remedy: 'Wait, and try again; a collector does so by itself. If it lasts, check the load of the console.',
  },
  POWERVM_REQUEST_REJECTED: {
    meaning: 'The console answered with an error that retrying does not help.',
    remedy: 'Read the reason in the message; report it with the release of the console if it is not yours to mend.',
  },
  POWERVM_ANSWER_INVALID: {
    meaning: 'What the console answered is not the XML or JSON that belongs there.',
    remedy:
      'Check that the address is a PowerVM console and not a proxy or login page; otherwise report it with the release of the console.',
  },
  POWERVM_ANSWER_TOO_LARGE: {
    meaning:
      'An answer was larger than the limit and was cut off, or it was made of more than a million parts, or its XML was not of a size that is parsed.',
    remedy:
      'Check that the address is a PowerVM console; raise `max_answer_bytes` if the message is about bytes and the system really is that large.',
  },
  POWERVM_DOCUMENT_INVALID: {
    meaning: 'A file that PCM listed is not a PCM document of its kind.',
    remedy:
      'Nothing, if it happens once; it costs only itself. If it lasts, report it with the release of the console.',
  },
  POWERVM_UNKNOWN_PARTITION: {
    meaning: 'No partition with this UUID is in the newest sample of any managed system.',
    remedy: 'Check the UUID; a partition that has just been created appears with the next sample.',
  },
  POWERVM_UNKNOWN_SYSTEM: {
    meaning: 'No managed system with this name, MTMS or UUID was found.',
    remedy: 'See `otel-powervm systems` for the names.',
  },
  POWERVM_LISTEN_FAILED: {
    meaning: 'A page of ours could not be offered at its address.',
    remedy: 'Choose another port, or end what uses this one; an address must be one of this machine.',
  },
  POWERVM_EXPORT_FAILED: {
    meaning: 'An exporter could not deliver, but may later.',
    remedy:
      'Check that the destination named in the message is up and reachable; of a file, that its disk has room and its directory can be written.',
  },
  POWERVM_EXPORT_REFUSED: {
    meaning: 'The destination refused the data for good.',
    remedy: 'Read its answer in the message; check address, credentials and limits of the destination.',
  },
  POWERVM_EXPORT_DENIED: {
    meaning:
      'The destination turned the request away without looking at the data: a token, a right, an address or a gateway is not as it should be. Samples are kept and tried again slowly, as long as PCM has them.',
    remedy:
      'Read its answer in the message; correct the token or header, the address, or the gateway in between. Nothing has to be restarted when it is mended at the destination.',
  },
  POWERVM_EXPORT_ANSWER: {
    meaning:
      'Something answered with success that is no receiver of this protocol, such as a login page or a captive proxy. Nothing counts as sent; samples are kept and tried again slowly.',
    remedy:
      'Check the address of the destination and what stands in between: the message has the beginning of the answer.',
  },
  POWERVM_STORAGE_IN_USE: {
    meaning: 'Another process uses the storage directory, most likely a second collector with the same configuration.',
    remedy: 'Stop the other process, or give each its own `directory` in `extensions.file_storage`.',
  },
  POWERVM_STORAGE_UNUSABLE: {
    meaning: 'The storage directory cannot be used: it is missing, or may not be read and written.',
    remedy:
      'Correct `directory` in `extensions.file_storage` or its permissions. It must be on a file system that has UNIX sockets.',
  },
  POWERVM_STORAGE_WRITE_FAILED: {
    meaning:
      'The state could not be written, most likely since the disk is full. The collector goes on; after a crash samples would be sent again, and what PCM has lost by then would be reported lost.',
    remedy: 'Make room where `directory` of `extensions.file_storage` is. It is tried again until it can be written.',
  },
  POWERVM_ETCD_UNREACHABLE: {
    meaning: 'No member of etcd answers: no connection, or no answer in time.',
    remedy:
      'Check the endpoints of the extension `etcd`, that etcd runs, and the firewall between. Consoles are read on until the lease would end, and again as soon as etcd is back.',
  },
  POWERVM_ETCD_UNAVAILABLE: {
    meaning: 'etcd answers and cannot do what it is asked: it has no leader, or is too slow or too busy.',
    remedy:
      'See `etcdctl endpoint status --cluster`: most of its members must run and reach each other. A slow disk shows as "took too long" in its log.',
  },
  POWERVM_ETCD_DENIED: {
    meaning: 'etcd does not accept the user, or he may not do what a fleet needs.',
    remedy:
      'Check `username` and `password` of the extension `etcd`, and grant the role read and write access to the prefix (docs/fleet.md).',
  },
  POWERVM_ETCD_NO_SPACE: {
    meaning: 'The database of etcd has reached its quota: it takes nothing new until there is room.',
    remedy:
      'Compact and defragment (`etcdctl compact`, `etcdctl defrag`), then `etcdctl alarm disarm`; run etcd with `--auto-compaction-retention=10m` and a larger `--quota-backend-bytes`.',
  },
  POWERVM_ETCD_LEASE_LOST: {
    meaning: 'The lease of this collector has ended before it was renewed: what it read is read by others now.',
    remedy:
      'Nothing, if it happens once: it registers again. If it recurs, the machine stands still for too long, or `lease_ttl` is too short for the way to etcd.',
  },
  POWERVM_ETCD_ANSWER: {
    meaning: 'What answered is not the JSON gateway of etcd, or refused the request for a reason of its own.',
    remedy: 'Check the endpoints: client URLs of etcd 3.4 or later, with its gateway on (`--enable-grpc-gateway`).',
  },
  POWERVM_FLEET_NOT_OWNER: {
    meaning: 'The consoles are read by another collector of the fleet: nothing may be asked or written down here.',
    remedy: 'Nothing: it is how a fleet sees to it that no console is read by two.',
  },
  POWERVM_FLEET_NAME_TAKEN: {
    meaning: 'Another collector is in the fleet under the same name.',
    remedy:
      'After a crash: wait for `lease_ttl`. Otherwise give every collector an `instance_id` of its own in the extension `etcd`.',
  },
  POWERVM_SAMPLE_INVALID: {
    meaning: 'A Ceilometer sample broke a rule that protects the receiving services, and was not sent.',
    remedy: 'Report it: the message names the sample and the rule.',
  },
  POWERVM_OPENSTACK_UNREACHABLE: {
    meaning: 'No connection to a service of OpenStack could be made, or it broke, or no answer came in time.',
    remedy: 'Check that the service is up, and the address: `auth_url`, or the endpoint in the catalog (`interface`).',
  },
  POWERVM_OPENSTACK_LOGON_REFUSED: {
    meaning:
      'Keystone refused the credentials. It is asked again after a minute at the earliest, then ever more rarely, since repeated refusals may lock the account.',
    remedy: 'Check user, password, project and their domains, or that the application credential is not expired.',
  },
  POWERVM_OPENSTACK_FORBIDDEN: {
    meaning: 'The account lacks a role for what was asked of a service of OpenStack.',
    remedy:
      'Give the account the role on its project that the message asks for; `admin` or `reader` of all projects for Nova.',
  },
  POWERVM_OPENSTACK_NO_ENDPOINT: {
    meaning: 'The service catalog of Keystone has no endpoint of the wanted service, region and interface.',
    remedy: 'Correct `region` or `interface`, or give the address of the service itself.',
  },
  POWERVM_OPENSTACK_ANSWER: {
    meaning: 'A service of OpenStack answered with an error, or with something that is not its answer.',
    remedy: 'Read the answer in the message, and the log of that service; it is tried again.',
  },
  POWERVM_SHUT_DOWN: {
    meaning: 'A component was used after it had been shut down, or was shut down in the middle of its work.',
    remedy: 'Nothing, if the program is stopping.',
  },
} as const satisfies Record<string, CatalogEntry>;

/** Stable code of an error: a key of {@link errorCatalog}. */
export type ErrorCode = keyof typeof errorCatalog;
