// VitePress's theme without its web font: the system's fonts do, and nothing is fetched.

import DefaultTheme from "vitepress/theme-without-fonts";
import "./style.css";

export default DefaultTheme;
