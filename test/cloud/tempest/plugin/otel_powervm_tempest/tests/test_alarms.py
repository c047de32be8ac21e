from tempest import config
from tempest.lib.common.utils import data_utils
from tempest.lib import decorators

from otel_powervm_tempest import base

CONF = config.CONF


class AlarmsTest(base.MeteredInstanceTest):

    @classmethod
    def skip_checks(cls):
        super().skip_checks()
        if not CONF.service_available.aodh:
            raise cls.skipException('aodh is required')

    @classmethod
    def setup_clients(cls):
        super().setup_clients()
        cls.aodh = base.JsonClient(
            cls.os_primary.auth_provider, CONF.alarming_plugin.catalog_type, CONF.identity.region)

    @decorators.idempotent_id('6b0cdb2b-6f0e-4b0f-9f9d-0d3f0b0a5d11')
    def test_alarm_on_processor_time(self):
        """The rule of the autoscaling scenario, on what a partition consumes."""
        server = self.create_instance()
        busy = self.create_alarm(server, 'gt', 0)
        exhausted = self.create_alarm(server, 'gt', 1e15)
        self.until_state(busy, 'alarm')
        self.until_state(exhausted, 'ok')

    def create_alarm(self, server, operator, threshold):
        alarm = self.aodh.send('v2/alarms', {
            'name': data_utils.rand_name('processor_time'),
            'type': 'gnocchi_resources_threshold',
            'gnocchi_resources_threshold_rule': {
                'resource_type': 'instance',
                'resource_id': server['id'],
                'metric': CONF.telemetry.alarm_metric_name,
                'aggregation_method': CONF.telemetry.alarm_aggregation_method,
                'granularity': CONF.telemetry.alarm_granularity,
                'evaluation_periods': 1,
                'comparison_operator': operator,
                'threshold': threshold,
            },
        }, 201)
        self.addCleanup(self.aodh.delete, 'v2/alarms/' + alarm['alarm_id'])
        return alarm['alarm_id']

    def until_state(self, alarm, state):
        self.eventually(
            lambda: self.aodh.read('v2/alarms/%s/state' % alarm) == state, 'alarm in state %s' % state)
