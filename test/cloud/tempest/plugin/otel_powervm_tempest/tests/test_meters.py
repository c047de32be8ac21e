import datetime

from tempest.common import waiters
from tempest import config
from tempest.lib.common.utils import data_utils
from tempest.lib import decorators
from tempest.lib import exceptions

from otel_powervm_tempest import base

CONF = config.CONF

# A class for each: Tempest runs classes side by side, and all of them wait for samples.


class OwnerTest(base.MeteredInstanceTest):

    @decorators.idempotent_id('6b0cdb2b-6f0e-4b0f-9f9d-0d3f0b0a5d01')
    def test_owner_reads_meters_and_neighbour_does_not(self):
        server = self.create_instance()
        metric, _ = self.metric_with(server['id'], 'cpu', 3)
        resource = self.gnocchi.instance(server['id'])
        self.assertEqual(server['tenant_id'], resource['project_id'])
        self.assertEqual(server['user_id'], resource['user_id'])
        self.assertEqual(server['name'], resource['display_name'])
        self.assertEqual(server['flavor']['original_name'], resource['flavor_name'])
        # Processor time grows from sample to sample, and Gnocchi's rate says by how much.
        measures, rates = self.measures_and_rates(metric)
        values = [measures[moment] for moment in sorted(measures)]
        self.assertEqual(sorted(set(values)), values)
        self.assertNotEqual({}, rates)
        self.assertEqual(base.rates_by_minute(measures), rates)
        for name in ('memory', 'memory.usage', 'memory.resident', 'vcpus', 'disk.root.size', 'disk.ephemeral.size'):
            _, found = self.metric_with(server['id'], name, 1)
            self.assertTrue(all(value > 0 for value in found.values()), name)
        self.assertRaises(exceptions.Forbidden, self.neighbours_gnocchi.instance, server['id'])
        self.assertRaises(exceptions.Forbidden, self.neighbours_gnocchi.measures, metric)
        self.assertEqual([], self.neighbours_gnocchi.search('instance', {'id': server['id']}))


class RatesTest(base.MeteredInstanceTest):

    @decorators.idempotent_id('6b0cdb2b-6f0e-4b0f-9f9d-0d3f0b0a5d06')
    def test_rates_are_the_same_whenever_an_hour_ends(self):
        server = self.create_instance()
        metric, _ = self.metric_with(server['id'], 'cpu', 1)
        policy = self.gnocchi.read('v1/metric/' + metric)['archive_policy']['name']
        hour = datetime.datetime(2026, 11, 27, 4, tzinfo=datetime.timezone.utc)
        # As the collector sends them, before the hour, across it and after it, in either half of the minute.
        for first in (-105, -90, -75, -60, -45, -30, -15, 0, 15, 30):
            metric = self.gnocchi.create_metric(policy)
            self.addCleanup(self.gnocchi.delete_metric, metric)
            for number in range(4):
                self.gnocchi.add_measure(metric, hour + datetime.timedelta(seconds=first + 30 * number), 100 + 10 * number)
                measures = self.gnocchi.measures(metric)
            rates = self.gnocchi.measures(metric, 'rate:mean', base.MINUTE)
            self.assertEqual(4, len(measures))
            self.assertEqual({10}, set(rates.values()))
            self.assertEqual(base.rates_by_minute(measures), rates)


class DevicesTest(base.MeteredInstanceTest):

    @decorators.idempotent_id('6b0cdb2b-6f0e-4b0f-9f9d-0d3f0b0a5d02')
    def test_disks_and_interfaces_are_resources_of_the_instance(self):
        server = self.create_instance()
        self.metric_with(server['id'], 'cpu', 2)
        for kind, meters in (
                ('instance_disk', ('disk.device.read.bytes', 'disk.device.write.requests')),
                ('instance_network_interface', ('network.incoming.bytes', 'network.outgoing.packets'))):
            devices = self.gnocchi.devices(kind, server['id'])
            self.assertNotEqual([], devices, kind)
            for device in devices:
                self.assertEqual(server['tenant_id'], device['project_id'])
                for name in meters:
                    self.assertNotEqual({}, self.gnocchi.measures(device['metrics'][name]), name)
            self.assertEqual([], self.neighbours_gnocchi.devices(kind, server['id']))


class GroupTest(base.MeteredInstanceTest):

    @decorators.idempotent_id('6b0cdb2b-6f0e-4b0f-9f9d-0d3f0b0a5d03')
    def test_instances_of_a_group_are_found_by_their_metadata(self):
        # What telemetry_tempest_plugin's autoscaling scenario asks of the instances of its stack.
        wanted = {'server_group': data_utils.rand_name('stack')}
        metadata = {'metering.server_group': wanted['server_group']}
        servers = {self.create_instance(metadata=metadata)['id'] for _ in range(2)}
        self.eventually(
            lambda: servers == {found['id'] for found in self.gnocchi.search('instance', wanted)},
            'pair of instances in the group')


class ChangesTest(base.MeteredInstanceTest):

    @decorators.idempotent_id('6b0cdb2b-6f0e-4b0f-9f9d-0d3f0b0a5d04')
    def test_resized_and_renamed_instance(self):
        server = self.create_instance()
        self.metric_with(server['id'], 'cpu', 1)
        self.servers.resize_server(server['id'], CONF.compute.flavor_ref_alt)
        waiters.wait_for_server_status(self.servers, server['id'], 'VERIFY_RESIZE')
        self.servers.confirm_resize_server(server['id'])
        waiters.wait_for_server_status(self.servers, server['id'], 'ACTIVE')
        self.servers.update_server(server['id'], name=server['name'] + '-renamed')
        flavor = self.servers.show_server(server['id'])['server']['flavor']['original_name']
        self.assertNotEqual(server['flavor']['original_name'], flavor)

        def is_followed():
            resource = self.gnocchi.instance(server['id'])
            return (resource['display_name'], resource['flavor_name']) == (server['name'] + '-renamed', flavor)
        self.eventually(is_followed, 'new name and flavor in Gnocchi')


class DeletionTest(base.MeteredInstanceTest):

    @decorators.idempotent_id('6b0cdb2b-6f0e-4b0f-9f9d-0d3f0b0a5d05')
    def test_deleted_instance_has_no_more_measures(self):
        server = self.create_instance()
        metric, _ = self.metric_with(server['id'], 'cpu', 1)
        self.delete_instance(server['id'])
        # What was on its way, and until the collector has heard of it: another instance's first samples come after that.
        other = self.create_instance()
        self.metric_with(other['id'], 'cpu', 1)
        before = self.gnocchi.measures(metric)
        _, measures = self.metric_with(other['id'], 'cpu', 3)
        self.assertGreater(max(measures), max(before))
        self.assertEqual(before, self.gnocchi.measures(metric))
