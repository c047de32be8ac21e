"""Ceilometer's own functions, doing with samples what its polling agent does: build, sign and serialise them.

usage: ceilometer_work.py SAMPLES BATCH_SIZE SECRET [TRANSPORT_URL]

Reads the samples from a JSON file. For every line on standard input it does the work once and writes one JSON line:
CPU seconds (user and system), messages and bytes. With a transport URL the messages are published as well.
"""
import json
import resource
import sys
import types

import kombu.serialization
import oslo_messaging
from ceilometer import service
from ceilometer.compute.pollsters import util
from ceilometer.publisher import utils
from oslo_messaging._drivers import amqp, common
from oslo_utils import timeutils

path, batch_size, secret = sys.argv[1], int(sys.argv[2]), sys.argv[3]
transport_url = sys.argv[4] if len(sys.argv) > 4 else None
conf = service.prepare_service([], config_files=[])


def instance_of(server):
    """What novaclient returns: an object with the fields of Nova's answer."""
    return types.SimpleNamespace(**server)


with open(path) as source:
    content = json.load(source)
instances = {key: instance_of(server) for key, server in content["instances"].items()}
pollsters = [
    (name, [(instances[one["instance"]], one) for one in samples])
    for name, samples in content["pollsters"].items()
]

notifier = None
if transport_url:
    transport = oslo_messaging.get_notification_transport(conf, transport_url)
    notifier = oslo_messaging.Notifier(
        transport, driver="messagingv2", publisher_id="ceilometer.polling", topics=["notifications"]
    )


class Serializer:
    """Writes what the notifier and its RabbitMQ driver write, and counts it instead of sending it."""

    def __init__(self):
        self.messages = 0
        self.bytes = 0

    def send(self, samples):
        message = {
            "message_id": "00000000-0000-4000-8000-000000000000",
            "publisher_id": "ceilometer.polling",
            "event_type": "telemetry.polling",
            "priority": "SAMPLE",
            "payload": {"samples": samples},
            "timestamp": str(timeutils.utcnow()),
        }
        amqp._add_unique_id(message)
        amqp.pack_context(message, {})
        _, _, body = kombu.serialization.dumps(common.serialize_msg(message), "json")
        self.messages += 1
        self.bytes += len(body)


class Publisher(Serializer):
    def send(self, samples):
        notifier.sample({}, "telemetry.polling", {"samples": samples})
        self.messages += 1


def work(serializer):
    """The loop of ceilometer.polling.manager.PollingTask, whose pollsters have their numbers already."""
    polled_at = timeutils.utcnow().isoformat()
    for _, samples in pollsters:
        batch = []
        for instance, one in samples:
            sample = util.make_sample_from_instance(
                conf,
                instance,
                one["name"],
                one["type"],
                one["unit"],
                one["volume"],
                resource_id=one["resource_id"],
                additional_metadata=one["metadata"],
            )
            sample.set_timestamp(polled_at)
            message = utils.meter_message_from_counter(sample, secret)
            if len(batch) >= batch_size:
                serializer.send(batch)
                batch = []
            batch.append(message)
        if batch:
            serializer.send(batch)


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


for _ in sys.stdin:
    serializer = Publisher() if notifier else Serializer()
    before = cpu()
    work(serializer)
    print(json.dumps({"cpu": cpu() - before, "messages": serializer.messages, "bytes": serializer.bytes}), flush=True)
