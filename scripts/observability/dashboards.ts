import type { Dashboard, Panel, Query, Variable } from './dashboard.ts';
import { type Expression, everywhere, metric } from './expression.ts';

const SYSTEM = 'powervm_system_name';
const LPAR = 'powervm_lpar_name';

/** Anything of the way: the variables themselves are not limited by each other's choice of a frame. */
const installed = everywhere('powervm.system.cpu.installed');
const job: Variable = { name: 'job', label: 'Job', of: everywhere('powervm.receiver.up'), values: 'job' };
const site: Variable = { name: 'site', label: 'Site', of: everywhere('powervm.receiver.up'), values: 'site' };
const frames: Variable = { name: 'system', label: 'Frame', of: installed, values: 'powervm_system_name' };
const partitions: Variable = {
  name: 'lpar',
  label: 'Partition',
  of: everywhere('powervm.lpar.cpu.consumed', { powervm_system_name: '=~"$system"' }),
  values: 'powervm_lpar_name',
  hasAll: false,
};

const chosen = { powervm_lpar_name: '=~"$lpar"' };
const vioses = { powervm_lpar_type: 'vios' };

function of(expression: Expression, legend: string): Query {
  return { expression, legend };
}

const frameOverview: Dashboard = {
  id: 'powervm-frames',
  title: 'PowerVM: frames',
  description: 'Managed systems: processors, memory, pools, partitions, power.',
  variables: [job, site, frames],
  panels: [
    {
      title: 'Frames',
      description:
        'Each with a link to its partitions and VIOSes. Processors in use are absent while a VIOS does not report.',
      form: 'table',
      width: 24,
      continuesTo: ['powervm-frames', 'powervm-vios'],
      queries: [
        of(metric('powervm.system.cpu.utilization').max(SYSTEM), 'Processors in use'),
        of(metric('powervm.system.cpu.consumed').sum(SYSTEM), 'Consumed'),
        of(metric('powervm.system.cpu.configurable').sum(SYSTEM), 'Configurable'),
        of(metric('powervm.system.memory.available').sum(SYSTEM), 'Memory unassigned'),
        of(metric('powervm.system.memory.configurable').sum(SYSTEM), 'Memory configurable'),
      ],
    },
    {
      title: 'Processors in use',
      description: 'Busy and firmware, of what is configurable. Absent while a VIOS does not report.',
      continuesTo: ['powervm-frames', 'powervm-vios'],
      queries: [of(metric('powervm.system.cpu.utilization'), '{{powervm_system_name}}')],
    },
    {
      title: 'Processors',
      description: 'Consumed is what partitions got, idle cycles of theirs included; busy is without them.',
      queries: [
        of(metric('powervm.system.cpu.configurable').sum(SYSTEM), '{{powervm_system_name}} configurable'),
        of(metric('powervm.system.cpu.consumed').sum(SYSTEM), '{{powervm_system_name}} consumed'),
        of(metric('powervm.system.cpu.busy').sum(SYSTEM), '{{powervm_system_name}} busy'),
      ],
    },
    {
      title: 'Memory',
      description: 'Unassigned is what new partitions can get.',
      queries: [
        of(metric('powervm.system.memory.configurable').sum(SYSTEM), '{{powervm_system_name}} configurable'),
        of(metric('powervm.system.memory.available').sum(SYSTEM), '{{powervm_system_name}} unassigned'),
        of(metric('powervm.system.memory.firmware').sum(SYSTEM), '{{powervm_system_name}} firmware'),
      ],
    },
    {
      title: 'Partitions by state',
      description: 'LPARs and VIOSes, counted by the state that the hypervisor tells.',
      form: 'stacked',
      queries: [of(metric('powervm.system.lpar.count').sum('powervm_lpar_state'), '{{powervm_lpar_state}}')],
    },
    ...poolPanels(),
    {
      title: 'Partitions that consume most',
      continuesTo: ['powervm-partition', 'powervm-vios'],
      description: 'The ten greatest, in processors.',
      queries: [
        of(
          metric('powervm.lpar.cpu.consumed').sum(SYSTEM, LPAR).top(10),
          '{{powervm_system_name}} {{powervm_lpar_name}}',
        ),
      ],
    },
    {
      title: 'SR-IOV physical ports',
      description: 'Bytes per second by port, both directions.',
      queries: [
        of(
          metric('powervm.system.network.io').rate().sum(SYSTEM, 'powervm_port_location', 'network_io_direction'),
          '{{powervm_port_location}} {{network_io_direction}}',
        ),
      ],
    },
  ],
};

function poolPanels(): readonly Panel[] {
  return [
    {
      title: 'Shared processor pools in use',
      description: 'Consumed of the size. Pools nest in the physical pool: never add the two kinds.',
      queries: [of(metric('powervm.shared_pool.cpu.utilization'), '{{powervm_system_name}} {{powervm_pool_name}}')],
    },
    {
      title: 'Physical processor pool',
      description: 'All processors that shared partitions live on.',
      queries: [
        of(metric('powervm.physical_pool.cpu.size').sum(SYSTEM), '{{powervm_system_name}} size'),
        of(metric('powervm.physical_pool.cpu.consumed').sum(SYSTEM), '{{powervm_system_name}} consumed'),
        of(metric('powervm.physical_pool.cpu.available').sum(SYSTEM), '{{powervm_system_name}} unassigned'),
      ],
    },
  ];
}

const capacity: Dashboard = {
  id: 'powervm-capacity',
  title: 'PowerVM: capacity',
  description: 'What is entitled, what is used, and what could still be given.',
  variables: [job, site, frames],
  panels: [
    {
      title: 'Partitions',
      description:
        'Each with a link to its own dashboard. Consumed of the entitlement beyond 100 %: lives on what others leave.',
      form: 'table',
      width: 24,
      thresholds: [0.8, 1],
      continuesTo: ['powervm-partition', 'powervm-frames'],
      queries: [
        of(metric('powervm.lpar.cpu.consumed_utilization').max(SYSTEM, LPAR), 'Of the entitlement'),
        of(metric('powervm.lpar.cpu.consumed').sum(SYSTEM, LPAR), 'Consumed'),
        of(metric('powervm.lpar.cpu.entitlement').sum(SYSTEM, LPAR), 'Entitled'),
        of(metric('powervm.lpar.memory.limit').sum(SYSTEM, LPAR), 'Memory'),
      ],
    },
    {
      title: 'Entitled against consumed',
      description: 'All partitions of a frame together.',
      queries: [
        of(metric('powervm.lpar.cpu.entitlement').sum(SYSTEM), '{{powervm_system_name}} entitled'),
        of(metric('powervm.lpar.cpu.consumed').sum(SYSTEM), '{{powervm_system_name}} consumed'),
        of(metric('powervm.lpar.cpu.busy').sum(SYSTEM), '{{powervm_system_name}} busy'),
      ],
    },
    {
      title: 'Processors still to be had',
      description:
        'Unassigned: no partition is entitled to them. Dark: installed and not activated (capacity on demand).',
      queries: [
        of(metric('powervm.system.cpu.available').sum(SYSTEM), '{{powervm_system_name}} unassigned'),
        of(
          metric('powervm.system.cpu.installed')
            .sum(SYSTEM)
            .minus(metric('powervm.system.cpu.configurable').sum(SYSTEM)),
          '{{powervm_system_name}} dark',
        ),
      ],
    },
    {
      title: '95th percentile of consumed, of the entitlement, over a day',
      continuesTo: ['powervm-partition'],
      description: 'Above 100 %: lives on what others leave. Far below: could do with less.',
      queries: [
        of(
          metric('powervm.lpar.cpu.consumed_utilization').quantile(0.95, '1d').max(SYSTEM, LPAR).top(20),
          '{{powervm_system_name}} {{powervm_lpar_name}}',
        ),
      ],
    },
    {
      title: '95th percentile of consumed processors over a day',
      continuesTo: ['powervm-partition'],
      description: 'What a partition needs, nearly always.',
      queries: [
        of(
          metric('powervm.lpar.cpu.consumed').quantile(0.95, '1d').max(SYSTEM, LPAR).top(20),
          '{{powervm_system_name}} {{powervm_lpar_name}}',
        ),
      ],
    },
    {
      title: 'Virtual processors in use',
      continuesTo: ['powervm-partition'],
      description: 'Consumed of the virtual processors: near 100 % means that a partition wants more of them.',
      queries: [
        of(
          metric('powervm.lpar.cpu.virtual_processor.utilization').max(SYSTEM, LPAR).top(20),
          '{{powervm_system_name}} {{powervm_lpar_name}}',
        ),
      ],
    },
    {
      title: 'Virtual processors for each entitled one',
      continuesTo: ['powervm-partition'],
      description: 'Many for little entitlement costs context switches; 1.2 to 1.6 is a common advice.',
      queries: [
        of(
          metric('powervm.lpar.cpu.virtual_processor.count')
            .sum(SYSTEM, LPAR)
            .dividedBy(metric('powervm.lpar.cpu.entitlement').where('> 0').sum(SYSTEM, LPAR))
            .times(1, '{ratio}')
            .top(20),
          '{{powervm_system_name}} {{powervm_lpar_name}}',
        ),
      ],
    },
    ...poolPanels(),
    {
      title: 'Memory that is unassigned',
      description: 'Of what is configurable.',
      queries: [
        of(
          metric('powervm.system.memory.available')
            .sum(SYSTEM)
            .dividedBy(metric('powervm.system.memory.configurable').sum(SYSTEM)),
          '{{powervm_system_name}}',
        ),
      ],
    },
  ],
};

const partition: Dashboard = {
  id: 'powervm-partition',
  title: 'PowerVM: partition',
  description: 'One partition or some: processors, memory, network, storage.',
  variables: [job, site, frames, partitions],
  panels: [
    {
      title: 'Processors',
      description: "lparstat's physc is consumed, its physb is busy.",
      queries: [
        of(
          metric('powervm.lpar.cpu.entitlement', chosen).sum(SYSTEM, LPAR),
          '{{powervm_system_name}} {{powervm_lpar_name}} entitled',
        ),
        of(
          metric('powervm.lpar.cpu.consumed', chosen).sum(SYSTEM, LPAR),
          '{{powervm_system_name}} {{powervm_lpar_name}} consumed',
        ),
        of(
          metric('powervm.lpar.cpu.busy', chosen).sum(SYSTEM, LPAR),
          '{{powervm_system_name}} {{powervm_lpar_name}} busy',
        ),
      ],
    },
    {
      title: 'Of the entitlement',
      thresholds: [0.8, 1],
      continuesTo: ['powervm-frames', 'powervm-vios'],
      description: "Consumed is lparstat's %entc. Uncapped partitions may exceed 100 %.",
      queries: [
        of(
          metric('powervm.lpar.cpu.consumed_utilization', chosen).max(SYSTEM, LPAR),
          '{{powervm_system_name}} {{powervm_lpar_name}} consumed',
        ),
        of(
          metric('powervm.lpar.cpu.utilization', chosen).max(SYSTEM, LPAR),
          '{{powervm_system_name}} {{powervm_lpar_name}} busy',
        ),
      ],
    },
    {
      title: 'Capped and uncapped processor time',
      description: 'Within the entitlement, and beyond it.',
      form: 'stacked',
      queries: [
        of(
          metric('powervm.lpar.cpu.time', chosen).rate().sum(SYSTEM, LPAR, 'cpu_mode'),
          '{{powervm_system_name}} {{powervm_lpar_name}} {{cpu_mode}}',
        ),
      ],
    },
    {
      title: 'Memory',
      description: 'What the hypervisor gives. Use inside the guest needs RMC through NovaLink.',
      queries: [
        of(
          metric('powervm.lpar.memory.limit', chosen).sum(SYSTEM, LPAR),
          '{{powervm_system_name}} {{powervm_lpar_name}} assigned',
        ),
        of(
          metric('powervm.lpar.memory.backed', chosen).sum(SYSTEM, LPAR),
          '{{powervm_system_name}} {{powervm_lpar_name}} backed',
        ),
      ],
    },
    {
      title: 'Memory in use',
      description: 'Of a VIOS as its document says; of others from inside the guest, where RMC tells it (NovaLink).',
      queries: [
        of(
          metric('powervm.lpar.memory.usage', chosen).sum(SYSTEM, LPAR),
          '{{powervm_system_name}} {{powervm_lpar_name}} used',
        ),
      ],
    },
    {
      title: 'Network',
      description: 'All adapters of a partition together, traffic inside the frame included.',
      queries: [
        of(
          metric('powervm.lpar.network.io', chosen).rate().sum(SYSTEM, LPAR, 'network_io_direction'),
          '{{powervm_system_name}} {{powervm_lpar_name}} {{network_io_direction}}',
        ),
      ],
    },
    {
      title: 'Packets dropped',
      description: 'Virtual Ethernet does not say in which direction.',
      queries: [
        of(
          metric('powervm.lpar.network.packet.dropped', chosen).rate().sum(SYSTEM, LPAR, 'powervm_adapter_location'),
          '{{powervm_system_name}} {{powervm_lpar_name}} {{powervm_adapter_location}}',
        ),
      ],
    },
    {
      title: 'Storage',
      description: 'All adapters of a partition together.',
      queries: [
        of(
          metric('powervm.lpar.disk.io', chosen).rate().sum(SYSTEM, LPAR, 'disk_io_direction'),
          '{{powervm_system_name}} {{powervm_lpar_name}} {{disk_io_direction}}',
        ),
      ],
    },
    {
      title: 'Storage operations by VIOS',
      continuesTo: ['powervm-vios'],
      description: 'With two VIOSes: whether both of them work.',
      queries: [
        of(
          metric('powervm.lpar.disk.operations', chosen).rate().sum(SYSTEM, LPAR, 'powervm_vios_number'),
          '{{powervm_system_name}} {{powervm_lpar_name}} through VIOS {{powervm_vios_number}}',
        ),
      ],
    },
  ],
};

const viosDashboard: Dashboard = {
  id: 'powervm-vios',
  title: 'PowerVM: VIOS',
  description: 'What the Virtual I/O Servers do, and for whom.',
  variables: [job, site, frames],
  panels: [
    {
      title: 'Processors of the entitlement',
      description: 'A VIOS that is short of processors slows everybody down. Absent while RMC is inactive.',
      queries: [of(metric('powervm.lpar.cpu.utilization', vioses), '{{powervm_system_name}} {{powervm_lpar_name}}')],
    },
    {
      title: 'Memory in use',
      description: 'Absent while the VIOS is not running or its RMC is inactive.',
      queries: [of(metric('powervm.lpar.memory.utilization', vioses), '{{powervm_system_name}} {{powervm_lpar_name}}')],
    },
    {
      title: 'Shared Ethernet adapters',
      description: 'Bytes that are bridged. The physical ports below carry the same ones.',
      queries: [
        of(
          metric('powervm.vios.sea.io').rate().sum(SYSTEM, LPAR, 'powervm_adapter_id', 'network_io_direction'),
          '{{powervm_system_name}} {{powervm_lpar_name}} {{powervm_adapter_id}} {{network_io_direction}}',
        ),
      ],
    },
    {
      title: 'Physical Ethernet ports',
      description: 'One layer below the shared Ethernet adapters.',
      queries: [
        of(
          metric('powervm.vios.ethernet.physical.io')
            .rate()
            .sum(SYSTEM, LPAR, 'powervm_adapter_id', 'network_io_direction'),
          '{{powervm_system_name}} {{powervm_lpar_name}} {{powervm_adapter_id}} {{network_io_direction}}',
        ),
      ],
    },
    {
      title: 'Fibre Channel ports',
      description: 'Bytes per second, reads and writes.',
      queries: [
        of(
          metric('powervm.vios.fc.io').rate().sum(SYSTEM, LPAR, 'powervm_adapter_id', 'disk_io_direction'),
          '{{powervm_system_name}} {{powervm_lpar_name}} {{powervm_adapter_id}} {{disk_io_direction}}',
        ),
      ],
    },
    {
      title: 'Fibre Channel ports in use',
      description: 'Bits per second of the speed of the link. Ports without a link are left out.',
      queries: [
        of(
          metric('powervm.vios.fc.io')
            .rate()
            .sum(SYSTEM, LPAR, 'powervm_adapter_id')
            .times(8, 'bit/s')
            .dividedBy(positive(metric('powervm.vios.fc.speed').max(SYSTEM, LPAR, 'powervm_adapter_id'))),
          '{{powervm_system_name}} {{powervm_lpar_name}} {{powervm_adapter_id}}',
        ),
      ],
    },
    {
      title: 'Who uses the storage of a VIOS',
      continuesTo: ['powervm-partition'],
      description: 'The ten partitions with the most bytes through each VIOS, virtual SCSI and NPIV together.',
      queries: [
        of(
          metric('powervm.lpar.disk.io').rate().sum(SYSTEM, 'powervm_vios_number', LPAR).top(10),
          '{{powervm_system_name}} VIOS {{powervm_vios_number}}: {{powervm_lpar_name}}',
        ),
      ],
    },
    {
      title: 'Who uses the network',
      continuesTo: ['powervm-partition'],
      description: 'The ten partitions with the most bytes, all adapters.',
      queries: [
        of(
          metric('powervm.lpar.network.io').rate().sum(SYSTEM, LPAR).top(10),
          '{{powervm_system_name}} {{powervm_lpar_name}}',
        ),
      ],
    },
    {
      title: 'Physical storage adapters',
      description: 'Bytes per second of each adapter of a VIOS.',
      queries: [
        of(
          metric('powervm.vios.disk.io').rate().sum(SYSTEM, LPAR, 'powervm_adapter_id'),
          '{{powervm_system_name}} {{powervm_lpar_name}} {{powervm_adapter_id}}',
        ),
      ],
    },
  ],
};

/** Without a link there is no speed to compare with. */
function positive(expression: Expression): Expression {
  return expression.where('> 0');
}

const energy: Dashboard = {
  id: 'powervm-energy',
  title: 'PowerVM: energy',
  description: 'Power and temperatures of the frames that monitor them.',
  variables: [job, site, frames],
  panels: [
    {
      title: 'Power',
      description: 'What a frame takes now.',
      queries: [of(metric('hw.host.power').sum(SYSTEM), '{{powervm_system_name}}')],
    },
    {
      title: 'Air at the inlets',
      description: 'The warmest sensor of a frame.',
      queries: [of(metric('hw.host.ambient_temperature').max(SYSTEM), '{{powervm_system_name}}')],
    },
    {
      title: 'Temperatures inside',
      description: 'The warmest sensor of each kind.',
      queries: [
        of(
          metric('hw.temperature').max(SYSTEM, 'hw_sensor_location'),
          '{{powervm_system_name}} {{hw_sensor_location}}',
        ),
      ],
    },
    {
      title: 'Power for each consumed processor',
      description: 'How well a frame is filled.',
      queries: [
        of(
          metric('hw.host.power').sum(SYSTEM).per(metric('powervm.system.cpu.consumed').sum(SYSTEM), 'W'),
          '{{powervm_system_name}}',
        ),
      ],
    },
  ],
};

const collectorHealth: Dashboard = {
  id: 'powervm-collector',
  title: 'PowerVM: the collector',
  description: 'Whether samples come, whether they are delivered, and what it costs the consoles.',
  variables: [job, site],
  panels: [
    {
      title: 'Consoles',
      description: 'Whether the last request was answered.',
      form: 'value',
      meanings: { 0: { text: 'does not answer', color: 'red' }, 1: { text: 'answers', color: 'green' } },
      queries: [of(metric('powervm.receiver.up').times(1, '{console}'), '{{server_address}}:{{server_port}}')],
    },
    {
      title: 'Destinations',
      description: 'Whether they take what they get.',
      form: 'value',
      meanings: { 0: { text: 'does not take it', color: 'red' }, 1: { text: 'takes it', color: 'green' } },
      queries: [of(metric('powervm.exporter.up').times(1, '{console}'), '{{powervm_component_id}}')],
    },
    {
      title: 'Age of the newest sample',
      thresholds: [60, 120],
      description: 'PCM takes one every 30 s, and needs some seconds to write it.',
      queries: [of(metric('powervm.receiver.sample.age').withSystemName(), '{{powervm_system_name}}')],
    },
    {
      title: 'Samples',
      description: 'New, fetched again after an interruption, seen twice, too late.',
      queries: [
        of(metric('powervm.receiver.samples').rate().sum('powervm_sample_outcome'), '{{powervm_sample_outcome}}'),
      ],
    },
    {
      title: 'Samples lost in the last hour',
      thresholds: [1, 10],
      description: 'Anything but 0 is a hole in the graphs; the cause stands on powervm_receiver_gaps_total.',
      form: 'value',
      queries: [of(metric('powervm.receiver.gaps').increase('1h').sum().orZero(), 'lost')],
    },
    {
      title: 'Requests to the consoles',
      description: 'They do not grow with the number of partitions.',
      queries: [
        of(
          metric('powervm.receiver.requests').rate().sum('server_address', 'server_port', 'powervm_request_kind'),
          '{{server_address}}:{{server_port}} {{powervm_request_kind}}',
        ),
      ],
    },
    {
      title: 'Documents that could not be used',
      description: 'In the last hour. One costs only itself.',
      form: 'value',
      queries: [of(metric('powervm.receiver.document.errors').increase('1h').sum().orZero(), 'documents')],
    },
    {
      title: 'Points delivered',
      description: 'By exporter.',
      queries: [of(metric('otelcol_exporter_sent_metric_points').rate().sum('exporter'), '{{exporter}}')],
    },
    {
      title: 'Queues',
      description: 'What waits for an exporter.',
      queries: [of(metric('otelcol_exporter_queue_size').max('exporter'), '{{exporter}}')],
    },
    {
      title: 'Clocks of the consoles',
      description: 'Ahead of the clock of the collector.',
      queries: [of(metric('powervm.receiver.clock.skew'), '{{server_address}}:{{server_port}}')],
    },
    {
      title: 'Memory of the collector',
      description: 'Resident set.',
      queries: [of(metric('otelcol_process_memory_rss'), 'resident')],
    },
    {
      title: 'Processor time of the collector',
      description: 'Processors.',
      queries: [of(metric('otelcol_process_cpu_seconds').rate(), 'processors')],
    },
  ],
};

export const dashboards: readonly Dashboard[] = [
  frameOverview,
  capacity,
  partition,
  viosDashboard,
  energy,
  collectorHealth,
];
