"""Tempest finds these tests by the entry point tempest.test_plugins, which names this class."""
import os

from oslo_config import cfg
from tempest import config
from tempest.test_discover import plugins

GROUP = cfg.OptGroup(name='powervm', title='Partitions metered by otel-powervm')
OPTIONS = [
    cfg.IntOpt('timeout', default=300, help='Seconds until something must have arrived'),
]


class PowerVmPlugin(plugins.TempestPlugin):

    def load_tests(self):
        base = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        return os.path.join(base, 'otel_powervm_tempest', 'tests'), base

    def register_opts(self, conf):
        config.register_opt_group(conf, GROUP, OPTIONS)

    def get_opt_lists(self):
        return [(GROUP.name, OPTIONS)]
