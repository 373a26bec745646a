"""The pages and the HTTP surface. Renders an `Answer`, holds no logic; the only package that imports gradio."""
