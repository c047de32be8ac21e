//go:build tools

package tools

import (
	_ "github.com/infrawatch/sg-core/cmd"
	_ "github.com/infrawatch/sg-core/plugins/application/prometheus"
	_ "github.com/infrawatch/sg-core/plugins/handler/ceilometer-metrics"
	_ "github.com/infrawatch/sg-core/plugins/transport/socket"
)
