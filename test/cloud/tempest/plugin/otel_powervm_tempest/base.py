import json
import time

from tempest.common import waiters
from tempest import config
from tempest.lib.common import api_microversion_fixture
from tempest.lib.common import rest_client
from tempest.lib.common.utils import data_utils
from tempest.lib import exceptions
from tempest import test

CONF = config.CONF


class JsonClient(rest_client.RestClient):
    """What a tenant asks a service by its public API."""

    def read(self, path):
        response, body = self.get(path)
        self.expected_success(200, response.status)
        return json.loads(body)

    def send(self, path, content, status):
        response, body = self.post(path, json.dumps(content))
        self.expected_success(status, response.status)
        return json.loads(body)


class GnocchiClient(JsonClient):

    def instance(self, server_id):
        return self.read('v1/resource/instance/' + server_id)

    def devices(self, kind, server_id):
        """Resources of the type `instance_disk` or `instance_network_interface` of an instance."""
        return self.search(kind, {'instance_id': server_id})

    def search(self, kind, wanted):
        return self.send('v1/search/resource/' + kind, {'=': wanted}, 200)

    def measures(self, metric, aggregation='mean'):
        """Values of the finest granularity, by time."""
        measures = self.read('v1/metric/%s/measures?refresh=true&aggregation=%s' % (metric, aggregation))
        finest = min((granularity for _, granularity, _ in measures), default=None)
        return {moment: value for moment, granularity, value in measures if granularity == finest}


class MeteredInstanceTest(test.BaseTestCase):
    """Instances of a tenant, which the simulator runs as partitions."""

    credentials = ['primary', 'alt']

    @classmethod
    def skip_checks(cls):
        super().skip_checks()
        for name in ('nova', 'gnocchi', 'ceilometer'):
            if not getattr(CONF.service_available, name):
                raise cls.skipException('%s is required' % name)

    @classmethod
    def setup_credentials(cls):
        cls.set_network_resources()
        super().setup_credentials()

    @classmethod
    def setup_clients(cls):
        super().setup_clients()
        cls.servers = cls.os_primary.servers_client
        cls.gnocchi = GnocchiClient(cls.os_primary.auth_provider, CONF.metric.catalog_type, CONF.identity.region)
        cls.neighbours_gnocchi = GnocchiClient(
            cls.os_alt.auth_provider, CONF.metric.catalog_type, CONF.identity.region)

    def setUp(self):
        super().setUp()
        self.useFixture(api_microversion_fixture.APIMicroversionFixture(compute_microversion='2.74'))

    def create_instance(self, **options):
        server = self.servers.create_server(
            name=data_utils.rand_name('metered'), imageRef=CONF.compute.image_ref, flavorRef=CONF.compute.flavor_ref,
            networks='none', **options)['server']
        self.addCleanup(self.delete_instance, server['id'])
        waiters.wait_for_server_status(self.servers, server['id'], 'ACTIVE')
        return self.servers.show_server(server['id'])['server']

    def delete_instance(self, server_id):
        try:
            self.servers.delete_server(server_id)
        except exceptions.NotFound:
            return
        waiters.wait_for_server_termination(self.servers, server_id)

    def eventually(self, ask, what):
        """What `ask` answers as soon as it is something; NotFound counts as nothing."""
        end = time.monotonic() + CONF.powervm.timeout
        while True:
            try:
                found = ask()
            except exceptions.NotFound:
                found = None
            if found:
                return found
            if time.monotonic() > end:
                self.fail('after %s s there is no %s' % (CONF.powervm.timeout, what))
            time.sleep(2)

    def metric_with(self, server_id, name, count):
        """Id and measures of a metric that has so many of them."""
        def ask():
            metric = self.gnocchi.instance(server_id)['metrics'].get(name)
            measures = self.gnocchi.measures(metric) if metric else {}
            return (metric, measures) if len(measures) >= count else None
        return self.eventually(ask, '%s with %s measures' % (name, count))
