import { hostMetersAsMarkdown, metersAsMarkdown } from '../src/ceilometer/meters/meter-text.ts';

/** `docs/ceilometer.md`: the meters, and how they get into a cloud. */
export function ceilometerPage(): string {
  return `# Ceilometer

How partitions show up in Ceilometer and Gnocchi: which samples are sent, why they have their values, and on which ways.
The tables of meters are generated from \`src/ceilometer/meters/meters.ts\` by \`npm run generate\`; keys of the configuration file
are in [configuration.md](configuration.md).

## In short

\`\`\`yaml
exporters:
  ceilometer:
    publishers: ['notifier://']
    transport_url: rabbit://openstack:\${env:RABBIT_PASSWORD}@controller:5672/
\`\`\`

sends what a compute agent would send, to the notification agent of the site. Its pipeline does the rest: nothing has to be
changed there. The exporter takes the place of \`ceilometer-polling\` for PowerVM, whose inspectors Ceilometer 24 and later do
not load any more.

## Meters

Default, \`meters: now\`: what the compute agent of today has, as far as PowerVM has a source for it.

${metersAsMarkdown('now')}

\`meters: classic\` adds what agents and the stock pipeline had until Rocky, for sites with old dashboards. Since Stein no stock
\`gnocchi_resources.yaml\` knows them: they reach Gnocchi only where the site maps them itself.

${metersAsMarkdown('classic')}

The unit of memory is the label \`MB\` and the number MiB, as in Ceilometer up to 25; \`memory_unit: MiB\` writes \`MiB\` and \`GiB\`
as Ceilometer 26 does. The numbers are the same.

Of a partition that is switched off there are \`power.state\`, \`vcpus\` and \`memory\`, as agents of release 27 send with
\`report_stopped_instance_metrics\`; \`report_stopped_instance_metrics: false\` on the exporter is their default.

### Every meter of the newest agent

Compute pollsters of Ceilometer 27.0.0 (\`ceilometer.poll.compute\`):

| meters | sent | why |
|---|---|---|
${newestPollsters()}

Older agents also had \`memory.bandwidth.*\` and \`cpu_l3_cache\` (to release 23), which PCM has no source for.

A meter without a value is not sent: never a zero in its place. VIOSes and managed systems are no instances and are not sent,
unless \`hosts: true\` says so:

${hostMetersAsMarkdown()}

They go under the names that Ceilometer's SNMP pollsters had, to Gnocchi's resource types \`host\`, \`host_disk\` and
\`host_network_interface\`. Only [\`gnocchi://\`](openstack.md) has a place for them: no release of Ceilometer maps these meters
today. Ids are the UUID of the VIOS or managed system, \`<UUID>.<adapter>\` and \`<UUID>.<location code>\`; there is no owner.

## Resources

| resource | id | metadata beside those of the instance |
|---|---|---|
| instance | UUID of the Nova instance | \`cpu\`: \`cpu_number\` |
| interface | \`<instance name>-<instance UUID>-<location code>\` | \`name\` and \`vnic_name\`: the location code; \`mac\` as soon as the console reports it, \`fref\`, \`parameters\` |
| disk | \`<instance UUID>-vios<number>.<adapter>\` | \`disk_name\`: \`vios1.vhost0\`, since two VIOSes that serve one partition both have a vhost0 |

With a directory of instances, partitions have the UUID, user, project, flavor, image, host and server metadata of their
instance, with the names that a compute agent uses; server metadata that begin with \`metering.\`, and those of
\`reserved_metadata_keys\`, are in \`user_metadata\`. A partition that is no instance is not sent, nor is one that may be either
of two (PowerVM clears the top bit of the UUID: nobody guesses). Until Nova has answered for the first time, samples wait.

Without one, the UUID of the partition stands for that of the instance, interfaces are \`<UUID>-<location code>\`, owner is
null, and the flavor is called \`powervm\`: Gnocchi makes no resource of an instance without a flavor.

Text is cut to the 255 characters that Gnocchi stores; control characters and broken surrogate pairs become U+FFFD, and a
slash in a resource id becomes an underscore, as Ceilometer writes it.

## Interval

A sample for each meter and \`interval\` (five minutes by default, on the clock's own grid), because Gnocchi's stock policies
expect one point in five minutes: more are averaged, and \`rate:mean\` of a counter would be too small by their number. It is
the last counter or level of the interval, with the time of that reading; the mean of what is a rate already (\`cpu_util\`);
rates and deltas count from the sample before. \`interval: 0s\` sends every reading.

Only the time of the readings counts, so that samples which are fetched after an outage go to the intervals they belong to.
(With \`back_window\` 0 Gnocchi drops points of blocks that are older than its newest: see the policies of the site.) An
interval is over with the first reading after it; what stopped is reported two and a half minutes of sample time later, as
far as it came. Sums over devices (\`disk.read.bytes\` and the like of the classic set) wait as long, since each VIOS has a
clock of its own, and cover at least a minute. They are absent for an interval in which a device is missing that was there before.

An orderly stop sends what open intervals have come to, as shorter intervals. A crash costs that, where progress is not
stored: the level or mean of one interval, while counters lose nothing, since their next sample includes it. The exporter
says since when its samples are not out (\`unpublishedSince(systemId)\`), and who stores progress keeps it before that, so that
the interval is read from PCM again as a whole.

## Publishers

URLs as in the sinks of \`pipeline.yaml\`, with Ceilometer's own options.

### notifier://

\`notifier://[user:password@host:port/vhost]?topic=notifications&policy=default&max_queue_length=1024&per_meter_topic=0\`

| | |
|---|---|
| broker | \`transport_url\`, or the host in the URL; several hosts are tried in turn |
| \`topic=notifications\` (default) | what a polling agent sends: event type \`telemetry.polling\`, key \`notifications.sample\`, at most \`batch_size\` samples a message. The samples of one instance are together: Ceilometer's Gnocchi publisher updates each resource once a message |
| another topic, such as \`metering\` | what Ceilometer's notifier publisher sends: event type \`metering\`, key \`metering.sample\`, a bare list. Without a consumer that queue grows for ever |
| \`per_meter_topic=1\` | with such a topic, a copy for every meter as well, event type \`metering.<meter>\` |
| \`policy=default\` | samples wait, in the history of the receiver, until the broker confirms them |
| \`policy=drop\` | one try |
| \`policy=queue\` | up to \`max_queue_length\` messages wait in memory, and the oldest make room |

Messages are persistent, mandatory and confirmed. Exchange \`ceilometer\` and queue are used as they are, and made where they
are missing, with the durability that \`oslo_messaging_rabbit\` says: so messages are kept before any agent has come. A queue
that is not durable, which is the default of oslo.messaging, does not outlive the broker, and what lay in it is gone: what
was confirmed is not sent again. After a broken connection what was not confirmed is sent again, with a fresh \`_unique_id\`:
it may come twice, and Gnocchi counts equal points once. While the broker is short of memory or disk it takes
nothing; samples wait, and the log says so once.

### http://, https://

\`https://user:password@host/path?timeout=5&max_retries=2&batch=true&verify_ssl=true&clientcert=/pem&clientkey=/pem\`: one JSON
array of samples, or with \`batch=false\` one object a request. \`verify_ssl\` is true, false or a file of authorities. Connections
are tried again, and after 408, 425, 429 and 5xx the samples wait; any other answer from 400 on refuses them for good.
Ceilometer's own publisher loses samples in both cases.

### udp://, tcp://

\`udp://host:4952\`: a signed message a datagram, MessagePack; sent and forgotten. \`tcp://host:4952\`: the same, after its length
in eight bytes (lowest first), both in one write. \`publisher_id\` is among what is signed, in datagrams as well: sg-core refuses
one without, and Ceilometer's own UDP publisher sends none. Nobody confirms: what lay in a socket that broke is lost or sent again.

**sg-core of the Service Telemetry Framework** takes either, with its transport \`socket\` and its handler \`ceilometer-metrics\`:

\`\`\`yaml
transports:
  - name: socket
    config: { type: tcp, socketaddr: 0.0.0.0:4952 }
    handlers: [{ name: ceilometer-metrics, config: { source: tcp } }]
applications:
  - name: prometheus
    config: { host: 0.0.0.0, port: 3000 }
\`\`\`

and \`publishers: ['tcp://sg-core-host:4952']\`, \`interval: 1m\` here. sg-core forgets a series 200 seconds after its newest sample,
so the five minutes of \`interval\`'s default leave holes; and it works on what comes together in no order, so with \`interval: 0s\` it may
show an older reading. Its socket of type \`unix\` is for its own bridge from AMQP 1.0, to which no publisher of Ceilometer speaks.

### file://

\`file:///path?max_bytes=N&backup_count=N\`: a JSON object a line; with both numbers rotated like Ceilometer's. \`json\` is accepted,
and there is no other form.

## Signature

\`message_signature\` is Ceilometer's: HMAC-SHA256 with \`telemetry_secret\`. Notification agents do not check it, receivers of
\`metering.sample\`, UDP and TCP may. It is no protection of the broker.

## What never leaves

A wrong sample can do harm: one that lacks a key is redelivered for ever by agents from 22 on, a unit of more than 31
characters crashes Gnocchi's API, a time in the future silences a metric until then. So every sample is checked before it is
sent: all keys, a type that exists, a finite number, a text as resource id of at most 255 characters and without a slash, a
time between 1970 and tomorrow. What fails is counted by reason and logged once for each: \`POWERVM_SAMPLE_INVALID\`.

## What differs from a genuine agent

- \`monotonic_time\` is null, so that rates of old pipelines go by the time of the sample. No present agent reads it.
- \`timestamp\` is the time of PCM's sample, in milliseconds, not that of a poll: meters of one instance may differ by seconds.
- \`message_id\` is a random UUID where agents write one of time.
- A message holds many meters of some instances, where agents send one meter of many instances.
- \`user_name\` and \`project_name\`, which agents from 20 on send as null, are absent.
- \`cpu_number\` and \`mac\` come from the console's inventory, and so after the first samples.
- \`image\` is \`{id, name}\` without links. \`image_meta\` has what Nova copies of an image, as its notifications and libvirt's metadata
  have it: formats, minimal sizes and the properties that somebody set; an agent that lists instances by Nova's API writes Glance's own
  attributes there as well. \`architecture\`, \`os_type\`, \`kernel_id\` and \`ramdisk_id\` are the image's properties of these names, absent
  where it has none. \`state\` is Nova's \`vm_state\`.
- \`parameters\` and \`fref\` of interfaces are null; an instance name that Nova hides is left out of the id of an interface, where
  agents write \`None-…\`.
- The first sample of a delta is absent, where agents send 0.
- \`network.outgoing.bytes.delta\` has its right name, which agents up to 19 do not use.
`;
}

/** Of the newest agent: meters, whether they are sent, and why or when not. */
const pollsters: readonly (readonly [meters: readonly string[], sent: string, why: string])[] = [
  [['cpu', 'vcpus', 'power.state'], 'yes', 'PCM; `vcpus` from the inventory'],
  [['memory', 'memory.resident'], 'yes', 'PCM'],
  [['memory.usage', 'memory.available'], 'with RMC', 'only the guest knows; PCM asks it by RMC, every two minutes'],
  [['memory.swap.in', 'memory.swap.out'], 'no', 'PCM has no paging of guests'],
  [['disk.root.size', 'disk.ephemeral.size'], 'with Nova', 'sizes of the flavor'],
  [
    ['disk.device.read.bytes', 'disk.device.write.bytes', 'disk.device.read.requests', 'disk.device.write.requests'],
    'yes',
    'PCM, by virtual adapter and VIOS: it does not tell disks apart',
  ],
  [['disk.device.read.latency', 'disk.device.write.latency'], 'no', 'PCM has no times of disks'],
  [
    ['disk.device.capacity', 'disk.device.allocation', 'disk.device.usage'],
    'no',
    'PCM counts by adapter, and an adapter may have many disks; their sizes are in the storage mappings of the console, which are not read. Sizes of shared storage pools as a whole are metrics (`powervm.ssp.*`)',
  ],
  [
    [
      'network.incoming.bytes',
      'network.outgoing.bytes',
      'network.incoming.packets',
      'network.outgoing.packets',
      'network.incoming.packets.drop',
    ],
    'yes',
    'PCM, by interface',
  ],
  [
    ['network.outgoing.packets.drop', 'network.incoming.packets.error', 'network.outgoing.packets.error'],
    'SR-IOV only',
    'PCM has none of virtual Ethernet',
  ],
  [['network.incoming.bytes.rate', 'network.outgoing.bytes.rate'], 'yes', 'computed, from the second sample on'],
  [['network.incoming.bytes.delta', 'network.outgoing.bytes.delta'], 'yes', 'computed, from the second sample on'],
  [
    ['perf.cpu.cycles', 'perf.instructions', 'perf.cache.references', 'perf.cache.misses'],
    'no',
    'performance counters of a guest are not in PCM',
  ],
];

function newestPollsters(): string {
  return pollsters
    .map(([meters, sent, why]) => `| ${meters.map((meter) => `\`${meter}\``).join(', ')} | ${sent} | ${why} |`)
    .join('\n');
}
