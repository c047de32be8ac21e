import datetime
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

# Granularities of Gnocchi's policy ceilometer-high-rate, in seconds.
SECOND = 1
MINUTE = 60


def minute_of(moment):
    return datetime.datetime.fromisoformat(moment).replace(second=0)


def rates_by_minute(measures):
    """What Gnocchi's `rate:mean` of each minute is, of values by time that come one after the other.

    It is the mean of what the values of the minute have grown by, each since the value before, which Gnocchi seeks in
    that minute and the one before. It does the same in its other granularities: of values 30 seconds apart it makes no
    rate of a second, but where some came together. The end of an hour, its largest block, changes nothing: for the sake
    of the rates it keeps the values of the hour before.
    """
    growths = {}
    moments = sorted(measures)
    for before, moment in zip(moments, moments[1:]):
        if minute_of(moment) - minute_of(before) <= datetime.timedelta(seconds=MINUTE):
            growths.setdefault(minute_of(moment).isoformat(), []).append(measures[moment] - measures[before])
    return {minute: sum(found) / len(found) for minute, found in growths.items()}


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

    def measures(self, metric, aggregation='mean', granularity=SECOND):
        """Values of a granularity, by time. Everything that was posted until now counts."""
        measures = self.read('v1/metric/%s/measures?refresh=true&aggregation=%s&granularity=%s' % (
            metric, aggregation, granularity))
        return {moment: value for moment, _, value in measures}

    def create_metric(self, archive_policy):
        return self.send('v1/metric', {'archive_policy_name': archive_policy}, 201)['id']

    def delete_metric(self, metric):
        # It says nothing, and so not in JSON.
        response, _ = self.delete('v1/metric/' + metric, headers={'Accept': '*/*'})
        self.expected_success(204, response.status)

    def add_measure(self, metric, moment, value):
        """Without waiting for Gnocchi to count it."""
        content = [{'timestamp': moment.isoformat(), 'value': value}]
        response, _ = self.post('v1/metric/%s/measures' % metric, json.dumps(content))
        self.expected_success(202, response.status)


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

    def measures_and_rates(self, metric):
        """Measures, and the rates of each minute that Gnocchi has made of exactly these."""
        def ask():
            measures = self.gnocchi.measures(metric)
            rates = self.gnocchi.measures(metric, 'rate:mean', MINUTE)
            return (measures, rates) if measures == self.gnocchi.measures(metric) else None
        return self.eventually(ask, 'moment in which no measure arrives')
