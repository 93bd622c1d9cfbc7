package main

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"time"
)

// bar is one of a panel.
type bar struct {
	label string
	took  time.Duration
	ours  bool
}

// panel is a group of bars on a scale of its own.
type panel struct {
	title string
	bars  []bar
}

// panels are what the plot shows: 1,000 of each in Terraform, and reading.
func (b *bench) panels() []panel {
	var list []panel
	add := func(p panel) {
		if len(p.bars) > 1 {
			list = append(list, p)
		}
	}
	for _, step := range []string{"plan", "apply", "destroy"} {
		p := panel{title: step + " of 1,000 resources"}
		if step == "plan" {
			p.title += " with nothing to change"
		}
		p.title += ", " + b.versions["Terraform"]
		for _, subject := range subjectNames {
			if samples := b.of("Terraform", subject, 1000, step); len(samples) > 0 {
				p.bars = append(p.bars, bar{subject, median(samples, wall), subject == ourResource})
			}
		}
		add(p)
	}
	for _, title := range b.order {
		if title == "cold start, PEM file" || title == "cold start, PEM text" {
			continue // shown in the table
		}
		p := panel{title: title}
		for _, who := range clientNames {
			if times := b.times[timeKey{title, who}]; len(times) > 0 {
				p.bars = append(p.bars, bar{who, median(times, itself), slices.Contains(ourClients, who)})
			}
		}
		add(p)
	}
	return list
}

// Measures of the plot, in pixels.
const (
	plotWidth  = 760
	plotMargin = 16
	labelWidth = 190
	barHeight  = 16
	barStep    = 22
	panelGap   = 26
	barSpace   = plotWidth - labelWidth - 90 // room for the seconds at its end
)

// plotHead is the plot's style, title and legend. The plot has a background of its
// own, in a light and a dark dress, so that it is readable whatever page it is on.
// Ours and theirs differ in filling, outline and the weight of the label, and not in
// colour alone.
const plotHead = `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" font-family="sans-serif" font-size="13" role="img" aria-labelledby="title note">
<title id="title">Time taken, in seconds. Less is better.</title>
<desc id="note">%[3]s</desc>
<style>
.page { fill: #ffffff } text { fill: #1f2328 } .quiet { fill: #59636e }
.ours { fill: #c8102e; stroke: #c8102e } .theirs { fill: url(#hatch); stroke: #59636e }
.hatch { stroke: #59636e } .axis { stroke: #59636e } .bold { font-weight: bold }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117 } text { fill: #f0f6fc } .quiet { fill: #b1bac4 }
.ours { fill: #ff7b84; stroke: #ff7b84 } .theirs { stroke: #b1bac4 }
.hatch { stroke: #b1bac4 } .axis { stroke: #b1bac4 }
}
</style>
<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="6" stroke-width="1.5"/></pattern></defs>
<rect class="page" width="%[1]d" height="%[2]d"/>
<text class="bold" x="16" y="28" font-size="17">Time taken, in seconds: less is better</text>
<text class="quiet" x="16" y="48">%[3]s</text>
<rect class="ours" x="16" y="60" width="28" height="12"/><text class="bold" x="52" y="71">this project</text>
<rect class="theirs" x="158" y="60" width="28" height="12"/><text x="194" y="71">others</text>
`

// plot draws the panels, one below the other.
func (b *bench) plot() string {
	var body strings.Builder
	y := 100
	for _, p := range b.panels() {
		longest := time.Duration(1)
		for _, one := range p.bars {
			longest = max(longest, one.took)
		}
		fmt.Fprintf(&body, `<text x="%d" y="%d"><tspan class="bold">%s</tspan><tspan class="quiet"> (scale: 0 to %s)</tspan></text>`+"\n",
			plotMargin, y, html.EscapeString(p.title), plotSeconds(longest))
		y += 10
		fmt.Fprintf(&body, `<line class="axis" x1="%d" y1="%d" x2="%[1]d" y2="%[3]d"/>`+"\n", labelWidth, y, y+barStep*len(p.bars)-2)
		for _, one := range p.bars {
			class, weight := "theirs", ""
			if one.ours {
				class, weight = "ours", ` class="bold"`
			}
			width := int(float64(barSpace) * one.took.Seconds() / longest.Seconds())
			fmt.Fprintf(&body, `<text%s x="%d" y="%d" text-anchor="end">%s</text>`, weight, labelWidth-8, y+14, html.EscapeString(one.label))
			fmt.Fprintf(&body, `<rect class="%s" x="%d" y="%d" width="%d" height="%d"/>`, class, labelWidth, y+2, max(width, 1), barHeight)
			fmt.Fprintf(&body, `<text%s x="%d" y="%d">%s</text>`+"\n", weight, labelWidth+width+6, y+14, plotSeconds(one.took))
			y += barStep
		}
		y += panelGap
	}
	note := fmt.Sprintf("Medians of %d runs on %s. Each panel has a scale of its own, from 0.", b.runs, machine())
	return fmt.Sprintf(plotHead, plotWidth, y-panelGap+plotMargin, html.EscapeString(note)) + body.String() + "</svg>\n"
}

// plotSeconds has three digits or so, and one unit for the whole plot.
func plotSeconds(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 0.1:
		return fmt.Sprintf("%.3f s", s)
	case s < 10:
		return fmt.Sprintf("%.2f s", s)
	default:
		return fmt.Sprintf("%.1f s", s)
	}
}
