# JupyterLab with the course, on CPU. Not tried: there is no Docker where this was written.
#   docker build -t fomm-lite .
#   docker run --rm -it -p 127.0.0.1:8888:8888 -v fomm-lite:/home/student fomm-lite
# Open the address that it prints, with its token, in a browser; what is worked on stays in the volume.
FROM python:3.12-slim

RUN useradd --create-home student
WORKDIR /opt/fomm-lite
COPY constraints.txt .
RUN pip install --no-cache-dir --constraint constraints.txt --extra-index-url https://download.pytorch.org/whl/cpu torch
COPY . .
RUN pip install --no-cache-dir --constraint constraints.txt ".[course]"

USER student
WORKDIR /home/student
EXPOSE 8888
CMD ["sh", "-c", "fomm-lite course course --no-open && exec jupyter lab --no-browser --ip=0.0.0.0 course"]
