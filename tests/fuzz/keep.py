"""keep.py pack|unpack TARGET FOLDER: what the fuzzer learned, as one file a target in corpus/. The same files give the same bytes."""
import pathlib
import sys
import zipfile

what, target, folder = sys.argv[1:]
here = pathlib.Path(__file__).parent
kept, folder = here / "corpus" / f"{target}.zip", pathlib.Path(folder)
if what == "unpack":
    folder.mkdir(parents=True, exist_ok=True)
    if kept.exists():
        zipfile.ZipFile(kept).extractall(folder)
    for seed in (here / "seeds" / target).iterdir():
        (folder / seed.name).write_bytes(seed.read_bytes())
else:
    kept.parent.mkdir(exist_ok=True)
    seeds = {seed.read_bytes() for seed in (here / "seeds" / target).iterdir()}
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for file in sorted(folder.iterdir()):
            if file.read_bytes() not in seeds:
                out.writestr(zipfile.ZipInfo(file.name, (1980, 1, 1, 0, 0, 0)), file.read_bytes(), zipfile.ZIP_DEFLATED)
