// A map of markers as our boards configure it: squares with their names on nothing, coloured by a field's thresholds.
import 'ol/ol.css';

import { type DataFrame, getFieldDisplayName } from '@grafana/data';
import { VizLegend } from '@grafana/ui';
import { asArray } from 'ol/color';
import Feature from 'ol/Feature';
import Point from 'ol/geom/Point';
import VectorLayer from 'ol/layer/Vector';
import OpenLayers from 'ol/Map';
import { fromLonLat } from 'ol/proj';
import VectorSource from 'ol/source/Vector';
import { Fill, RegularShape, Stroke, Style, Text } from 'ol/style';
import View from 'ol/View';
import { useEffect, useRef } from 'react';

import type { Shown } from './panels';

const LEGEND = 36;

export function Squares({ panel, answer, width, height, theme }: Shown) {
  const at = useRef<HTMLDivElement>(null);
  const [frame] = answer;
  const [layer] = panel.options.layers;
  const colored = field(frame, layer.config.style.color.field);
  useEffect(() => {
    const features = Array.from({ length: frame.length }, (_, row) => {
      const place = [layer.location.longitude, layer.location.latitude].map((name) => field(frame, name).values[row]);
      const made = new Feature(new Point(fromLonLat(place)));
      const color = colored.display!(colored.values[row]).color!;
      made.setStyle(styled(layer.config.style, color, field(frame, layer.config.style.text.field).values[row], theme));
      return made;
    });
    const source = new VectorSource({ features });
    const view = new View();
    const map = new OpenLayers({ target: at.current!, controls: [], layers: [new VectorLayer({ source })], view });
    const around = 1 - 2 * (panel.options.view.padding / 100);
    view.fit(source.getExtent()!, { size: [width * around, (height - LEGEND) * around] });
    return () => map.setTarget(undefined);
  }, []);
  const steps = colored.config.thresholds!.steps;
  const items = steps.map(({ color, value }, number) => ({
    label: number === 0 ? `< ${steps[1].value}%` : `${value}%+`,
    color,
    yAxis: 1,
  }));
  return (
    <>
      <div ref={at} style={{ width, height: height - LEGEND }} />
      {layer.config.showLegend && (
        <div style={{ display: 'flex', gap: 12 }}>
          <span>{getFieldDisplayName(colored, frame)}</span>
          <VizLegend items={items} displayMode={'list' as any} placement="bottom" />
        </div>
      )}
    </>
  );
}

function field(frame: DataFrame, name: string) {
  return frame.fields.find((one) => one.name === name)!;
}

function styled(style: any, color: string, text: string, theme: Shown['theme']) {
  const [red, green, blue] = asArray(color);
  const { fontSize, offsetX, offsetY, textAlign, textBaseline } = style.textConfig;
  return new Style({
    image: new RegularShape({
      points: 4,
      angle: Math.PI / 4,
      radius: style.size.fixed,
      fill: new Fill({ color: [red, green, blue, style.opacity] }),
      stroke: new Stroke({ color, width: 1 }),
    }),
    text: new Text({
      ...{ text, offsetX, offsetY, textAlign, textBaseline },
      font: `${fontSize}px ${theme.typography.fontFamily}`,
      fill: new Fill({ color: theme.colors.text.primary }),
    }),
  });
}
