//go:build tools

package tools

import _ "github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics"
