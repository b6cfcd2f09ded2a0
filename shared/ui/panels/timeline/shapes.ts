// The signs of events, drawn around a point: the same as those in the tables.

type Draw = CanvasRenderingContext2D;

export function diamond(draw: Draw, x: number, y: number, radius: number): void {
  draw.beginPath();
  draw.moveTo(x, y - radius);
  draw.lineTo(x + radius, y);
  draw.lineTo(x, y + radius);
  draw.lineTo(x - radius, y);
  draw.closePath();
  draw.fill();
}

export function triangle(draw: Draw, x: number, y: number, radius: number, up: boolean): void {
  const tip = up ? -radius : radius;
  draw.beginPath();
  draw.moveTo(x, y + tip);
  draw.lineTo(x + radius, y - tip);
  draw.lineTo(x - radius, y - tip);
  draw.closePath();
  draw.fill();
}

export function square(draw: Draw, x: number, y: number, radius: number): void {
  draw.fillRect(x - radius, y - radius, radius * 2, radius * 2);
}

export function hexagon(draw: Draw, x: number, y: number, radius: number): void {
  draw.beginPath();
  for (let corner = 0; corner < 6; corner++) {
    const angle = (Math.PI / 3) * corner - Math.PI / 2;
    draw.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
  draw.closePath();
  draw.fill();
}

export function cross(draw: Draw, x: number, y: number, radius: number): void {
  draw.lineWidth = 1.8;
  draw.beginPath();
  draw.moveTo(x - radius, y - radius);
  draw.lineTo(x + radius, y + radius);
  draw.moveTo(x + radius, y - radius);
  draw.lineTo(x - radius, y + radius);
  draw.stroke();
}

export function octagon(draw: Draw, x: number, y: number, radius: number, inner: string): void {
  draw.beginPath();
  for (let corner = 0; corner < 8; corner++) {
    const angle = (Math.PI / 4) * corner + Math.PI / 8;
    draw.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
  draw.closePath();
  draw.fill();
  draw.fillStyle = inner;
  draw.fillRect(x - 0.7, y - 3, 1.4, 3.4);
  draw.fillRect(x - 0.7, y + 1.4, 1.4, 1.4);
}

export function strokeCircle(draw: Draw, x: number, y: number, radius: number): void {
  draw.lineWidth = 1.5;
  draw.beginPath();
  draw.arc(x, y, radius, 0, Math.PI * 2);
  draw.moveTo(x - radius * 0.7, y + radius * 0.7);
  draw.lineTo(x + radius * 0.7, y - radius * 0.7);
  draw.stroke();
}
