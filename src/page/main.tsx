/** The page: begins where the document is ready. */
import { render } from "preact";

render(<main>raiscope</main>, document.body);
